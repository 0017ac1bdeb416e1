"""A stack of small processes: what its operations do, and what it says when one ends."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.errors import StackError
from local.parts import Part
from local.stack import Stack

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
ENDS = [sys.executable, "-c", "print('out of memory'); raise SystemExit(3)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "print('deaf', flush=True); time.sleep(600)",
]


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Stack]:
    stack = Stack(tmp_path)
    yield stack
    stack.close()


def state(pid: int) -> str:
    """The kernel's letter for a process: S sleeping, T stopped."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_a_part_is_killed_and_started_again_under_its_name(empty: Stack) -> None:
    empty.add(Part("sink", SLEEP))
    first = empty.pid("sink")
    empty.kill("sink")
    assert empty.missing("sink") == "ended with -9"
    empty.start("sink")
    assert empty.alive("sink")
    assert empty.pid("sink") != first


def test_two_instances_live_under_two_names(empty: Stack) -> None:
    empty.add(Part("sink-1", SLEEP))
    empty.add(Part("sink-2", SLEEP))
    empty.kill("sink-1")
    assert not empty.alive("sink-1")
    assert empty.alive("sink-2")
    with pytest.raises(StackError, match="has a part sink-2 already"):
        empty.add(Part("sink-2", SLEEP))


def test_a_paused_part_stands_still_and_goes_on_as_the_same_process(empty: Stack) -> None:
    empty.add(Part("sink", SLEEP))
    pid = empty.pid("sink")
    empty.pause("sink")
    assert state(pid) == "T"
    assert empty.alive("sink")
    empty.resume("sink")
    assert state(pid) != "T"
    assert empty.pid("sink") == pid


def test_a_paused_part_can_be_stopped_in_order(empty: Stack) -> None:
    empty.add(Part("sink", SLEEP))
    empty.pause("sink")
    empty.stop("sink")
    assert empty.missing("sink") == "ended with -15"


def test_a_part_that_does_not_stop_is_killed_and_that_is_said(tmp_path: Path) -> None:
    said: list[str] = []
    stack = Stack(tmp_path, report=said.append)

    def is_deaf() -> str | None:
        return None if stack.log("sink").read_text() else "hears"

    stack.add(Part("sink", STUBBORN, ready=is_deaf, stop_seconds=0.1))
    stack.wait_ready("sink")
    stack.stop("sink")
    assert not stack.alive("sink")
    assert said == ["sink did not stop within 0.1 s: killed"]
    stack.close()


def test_a_part_that_ends_before_it_is_ready_is_shown_with_its_last_lines(empty: Stack) -> None:
    empty.add(Part("sink", ENDS, ready=lambda: "not yet"))
    with pytest.raises(StackError, match=r"sink ended with status 3; .*sink\.log:\nout of memory"):
        empty.wait_ready("sink")


def test_a_part_that_takes_too_long_is_shown_with_what_it_lacks(empty: Stack) -> None:
    empty.add(Part("sink", SLEEP, ready=lambda: "kafka: no answer", ready_seconds=0.2))
    with pytest.raises(StackError, match=r"sink is not ready after 0\.2 s: kafka: no answer; see"):
        empty.wait_ready("sink")


def test_a_part_is_started_only_when_it_may(empty: Stack) -> None:
    reasons = ["the session before it has not ended", None]
    empty.add(Part("kafka", SLEEP, may_start=lambda: reasons.pop(0)))
    assert reasons == []
    assert empty.alive("kafka")


def test_a_running_part_is_not_started_twice(empty: Stack) -> None:
    empty.add(Part("sink", SLEEP))
    with pytest.raises(StackError, match="sink is running already"):
        empty.start("sink")


def test_an_unknown_part_is_refused_with_the_names_there_are(empty: Stack) -> None:
    empty.add(Part("sink", SLEEP))
    with pytest.raises(StackError, match="no part snik; the parts are: sink"):
        empty.kill("snik")


def test_a_part_gets_its_environment_and_prints_into_its_log(empty: Stack) -> None:
    script = "import os, time; print(os.environ['HTTP_PORT'], flush=True); time.sleep(600)"

    def printed() -> str | None:
        return None if empty.log("sink").read_text() else "nothing printed"

    command = [sys.executable, "-c", script]
    empty.add(Part("sink", command, ready=printed, environment={"HTTP_PORT": "8003"}))
    empty.wait_ready("sink")
    assert empty.log("sink").read_text() == "8003\n"


def test_closing_leaves_no_process(tmp_path: Path) -> None:
    stack = Stack(tmp_path)
    stack.add(Part("sink", SLEEP))
    stack.add(Part("collector", SLEEP))
    pids = [stack.pid(name) for name in stack.names()]
    stack.close()
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
