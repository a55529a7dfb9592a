"""Lay the limits on this process, then become the program named on the command line.

    python -I start.py PROGRAM CPU_SECONDS MEMORY_BYTES FILE_BYTES OPEN_FILES [ARGUMENT …]

PROGRAM is one of ours (.py) or a program of the system. The limits come first, before any parser is imported: nothing that a file does can lift them.
"""

import ctypes
import os
import resource
import runpy
import signal
import sys

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
PR_SET_PDEATHSIG = 1


def _leave_the_network() -> None:
    """Move into an empty network of our own, where the kernel lets us; where not, go on without."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(CLONE_NEWNET) != 0:
            libc.unshare(CLONE_NEWUSER | CLONE_NEWNET)
    except (AttributeError, OSError):
        pass


def _die_with_the_parent() -> None:
    """A worker that is killed leaves no converter running behind it."""
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    except (AttributeError, OSError):
        pass


def main() -> None:
    program, cpu, memory, file_bytes, open_files, *arguments = sys.argv[1:]
    _die_with_the_parent()
    _leave_the_network()
    os.nice(10)  # pages of people go before papers
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (int(open_files), int(open_files)))
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(file_bytes), int(file_bytes)))
    resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
    resource.setrlimit(resource.RLIMIT_CPU, (int(cpu), int(cpu) + 1))
    if not program.endswith(".py"):
        os.execv(program, [program, *arguments])
    sys.argv = [program, *arguments]
    runpy.run_path(program, run_name="__main__")


main()
