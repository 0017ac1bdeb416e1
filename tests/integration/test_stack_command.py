"""`make up` and its like, beside the stack of the tests: what stays, and what does not."""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local.cluster import ROOT
from local.control import ask
from local.errors import StackError
from local.ownership import owner
from local.stack import Stack

READY_SECONDS = 25
PARTS = ["zookeeper", "datanode", "namenode", "kafka"]
Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    if (running := owner(tmp_path)) is not None:
        os.kill(running, signal.SIGKILL)


@pytest.fixture
def command(directory: Path) -> Command:
    """Run scripts/stack.py on a directory of its own."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        script = [sys.executable, str(ROOT / "scripts" / "stack.py")]
        return subprocess.run(
            [*script, "--directory", str(directory), *arguments],
            capture_output=True,
            text=True,
            check=False,
        )

    return run


class Processes:
    """The runner and the parts of a running stack, watched until they end."""

    def __init__(self, directory: Path) -> None:
        parts = ask(directory, {"operation": "status"})["parts"]
        self.runner = owner(directory) or 0
        self._watched = [os.pidfd_open(each) for each in [self.runner, *(p["pid"] for p in parts)]]

    def all_end_within(self, seconds: float) -> bool:
        """Wait for the end of all of them."""
        deadline = time.monotonic() + seconds
        while self._watched:
            left = max(0.0, deadline - time.monotonic())
            ended, _, _ = select.select(self._watched, [], [], left)
            if not ended:
                return False
            for descriptor in ended:
                self._watched.remove(descriptor)
                os.close(descriptor)
        return True


def block_pool(directory: Path) -> str:
    """What tells one NameNode's data from another's."""
    version = (directory / "data" / "name" / "current" / "VERSION").read_text()
    return next(line for line in version.splitlines() if line.startswith("blockpoolID="))


def test_a_stack_beside_this_one_is_up_in_time_and_its_parts_obey(
    stack: Stack, directory: Path, command: Command
) -> None:
    started = time.monotonic()
    up = command("up", "--free-ports", "--servers-only")
    assert up.returncode == 0, up.stderr
    assert time.monotonic() - started < READY_SECONDS
    assert "make down stops them" in up.stdout
    assert "running already" in command("up").stdout

    assert "datanode     no process" in command("kill", "datanode").stdout
    status = command("status")
    assert status.returncode == 1
    assert "ended with -9" in status.stdout
    assert "ready" in command("start", "datanode").stdout
    assert command("status").stdout.count("ready") == len(PARTS)
    assert "datanode ended with -9: see" in (directory / "logs" / "runner.log").read_text()

    processes = Processes(directory)
    assert command("down").returncode == 0
    assert processes.all_end_within(seconds=1)
    assert [stack.missing(name) for name in PARTS] == [None] * len(PARTS)


def test_a_killed_runner_leaves_no_process_and_the_data_survives(
    directory: Path, command: Command
) -> None:
    first = command("up", "--free-ports", "--servers-only")
    assert "formatting a new NameNode" in first.stdout
    before = block_pool(directory)
    processes = Processes(directory)
    os.kill(processes.runner, signal.SIGKILL)
    assert processes.all_end_within(seconds=5)
    assert "no stack is running" in command("status").stderr

    again = command("up", "--free-ports", "--servers-only")
    assert again.returncode == 0, again.stderr
    assert "formatting" not in again.stdout
    assert block_pool(directory) == before
    assert command("down").returncode == 0


def test_a_command_without_a_stack_is_one_line_and_no_traceback(command: Command) -> None:
    refused = command("kill", "kafka")
    assert refused.returncode == 1
    assert refused.stderr == "stack: no stack is running here: start one with make up\n"


def test_sources_that_there_are_not_are_refused_before_anything_starts(command: Command) -> None:
    refused = command("up", "--free-ports", "--sources", "real")
    assert refused.returncode == 1
    assert refused.stderr == "stack: SOURCES: must be one of simulated, live (got 'real')\n"
    assert refused.stdout == ""


def test_a_taken_port_stops_a_stack_before_it_starts(stack: Stack, directory: Path) -> None:
    with pytest.raises(StackError, match=rf"port {stack.ports.zookeeper} \(zookeeper\)"):
        Stack(directory, stack.ports).__enter__()
    assert not (directory / "logs").exists()
