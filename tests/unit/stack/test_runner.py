"""The runner behind `make up`: commands reach it, and it says what happened."""

import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.control import Message, answer_one, ask, listening
from local.errors import StackError
from local.ownership import Ownership, owner
from local.parts import Part
from local.runner import Runner
from local.stack import Stack

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[Runner]:
    stack = Stack(tmp_path)
    stack.add(Part("sink", SLEEP, port=8003))
    yield Runner(stack, lambda _: None)
    stack.close()


def test_status_tells_process_port_and_what_is_missing(runner: Runner) -> None:
    [part] = runner.carry_out({"operation": "status"})["parts"]
    assert part["name"] == "sink"
    assert Path(f"/proc/{part['pid']}").exists()
    assert part["port"] == 8003
    assert part["missing"] is None


@pytest.mark.parametrize("operation", ["stop", "kill"])
def test_a_part_is_ended_and_started_by_command(runner: Runner, operation: str) -> None:
    [ended] = runner.carry_out({"operation": operation, "name": "sink"})["parts"]
    assert ended["pid"] is None
    assert ended["missing"] == f"ended with -{15 if operation == 'stop' else 9}"
    [started] = runner.carry_out({"operation": "start", "name": "sink"})["parts"]
    assert started["missing"] is None


def test_what_has_ended_is_started_again(runner: Runner) -> None:
    runner.carry_out({"operation": "kill", "name": "sink"})
    [revived] = runner.carry_out({"operation": "revive"})["parts"]
    assert (revived["name"], revived["missing"]) == ("sink", None)
    assert runner.carry_out({"operation": "revive"})["parts"] == []


def test_a_command_reaches_the_stack_of_its_directory(runner: Runner, tmp_path: Path) -> None:
    with listening(tmp_path) as listener:
        answering = threading.Thread(target=answer_one, args=(listener, runner.carry_out))
        answering.start()
        answer = ask(tmp_path, {"operation": "pause", "name": "sink"})
        answering.join()
    assert [part["name"] for part in answer["parts"]] == ["sink"]


def test_a_refused_command_is_refused_to_the_caller(runner: Runner, tmp_path: Path) -> None:
    with listening(tmp_path) as listener:
        answering = threading.Thread(target=answer_one, args=(listener, runner.carry_out))
        answering.start()
        with pytest.raises(StackError, match="no part snik; the parts are: sink"):
            ask(tmp_path, {"operation": "kill", "name": "snik"})
        answering.join()


def test_a_caller_that_is_gone_before_its_answer_harms_nobody(tmp_path: Path) -> None:
    with listening(tmp_path) as listener:
        caller = socket.socket(socket.AF_UNIX)
        caller.connect(listener.getsockname())
        caller.sendall(b"{}\n")

        def carry_out(message: Message) -> Message:
            caller.close()
            return message

        answer_one(listener, carry_out)


def test_a_command_to_no_stack_says_how_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="no stack is running here: start one with make up"):
        ask(tmp_path, {"operation": "status"})


def test_a_directory_has_one_owner_at_a_time(tmp_path: Path) -> None:
    assert owner(tmp_path) is None
    first = Ownership(tmp_path)
    assert owner(tmp_path) is not None
    with pytest.raises(StackError, match=r"running in .* already \(process \d+\).*make down"):
        Ownership(tmp_path)
    first.release()
    assert owner(tmp_path) is None
    Ownership(tmp_path).release()
