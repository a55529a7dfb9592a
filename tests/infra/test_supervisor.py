"""The supervisor: both processes run, come back when they die, and go when it is told to go."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Two children that write down their lives; a stand-in for nothing of ours, the supervisor runs any command.
PROGRAM = """
import sys
sys.path.insert(0, {root!r})
from scripts.supervisor import Child, Supervisor
child = '''
import os, signal, sys, time
def end(*_):
    open(sys.argv[1] + ".ended", "a").write("x")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
open(sys.argv[1] + ".pid", "w").write(str(os.getpid()))
while True:
    time.sleep(0.05)
'''
names = ["web", "relay"]
children = [Child(name, [sys.executable, "-c", child, {folder!r} + "/" + name]) for name in names]
Supervisor(children).run()
"""


def wait_for(what, seconds=10):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = what()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("waited in vain")


def pid_of(folder, name):
    path = folder / f"{name}.pid"
    return int(path.read_text() or 0) if path.exists() else 0


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"


@pytest.fixture
def supervisor(tmp_path):
    program = textwrap.dedent(PROGRAM).format(root=str(ROOT), folder=str(tmp_path))
    process = subprocess.Popen([sys.executable, "-c", program], start_new_session=True)
    wait_for(lambda: pid_of(tmp_path, "web") and pid_of(tmp_path, "relay"))
    yield process
    if process.poll() is None:
        process.kill()
    process.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_one_signal_stops_both_cleanly(supervisor, tmp_path, number):
    pids = [pid_of(tmp_path, "web"), pid_of(tmp_path, "relay")]

    supervisor.send_signal(number)

    assert supervisor.wait(timeout=10) == 0
    assert (tmp_path / "web.ended").exists()
    assert (tmp_path / "relay.ended").exists()
    assert not any(alive(pid) for pid in pids)


def test_a_process_that_dies_comes_back(supervisor, tmp_path):
    before = pid_of(tmp_path, "relay")

    os.kill(before, signal.SIGKILL)

    wait_for(lambda: pid_of(tmp_path, "relay") not in (0, before))
    assert alive(pid_of(tmp_path, "web"))


@pytest.mark.skipif(sys.platform != "linux", reason="asks the Linux kernel")
def test_nothing_is_left_behind_when_the_supervisor_is_killed(supervisor, tmp_path):
    pids = [pid_of(tmp_path, "web"), pid_of(tmp_path, "relay")]

    supervisor.kill()

    wait_for(lambda: not any(alive(pid) for pid in pids))
