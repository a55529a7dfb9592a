"""Lay the limits on this process, then become the program named on the command line.

    python -I start.py PROGRAM CPU_SECONDS MEMORY_BYTES FILE_BYTES [ARGUMENT …]

The limits come first, before any parser is imported: nothing that a file does can lift them.
"""

import ctypes
import resource
import runpy
import sys

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000


def _leave_the_network() -> None:
    """Move into an empty network of our own, where the kernel lets us; where not, go on without."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(CLONE_NEWNET) != 0:
            libc.unshare(CLONE_NEWUSER | CLONE_NEWNET)
    except (AttributeError, OSError):
        pass


def main() -> None:
    program, cpu, memory, file_bytes, *arguments = sys.argv[1:]
    _leave_the_network()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(file_bytes), int(file_bytes)))
    resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
    resource.setrlimit(resource.RLIMIT_CPU, (int(cpu), int(cpu) + 1))
    sys.argv = [program, *arguments]
    runpy.run_path(program, run_name="__main__")


main()
