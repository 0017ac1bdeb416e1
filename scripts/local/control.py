"""How a command reaches a running stack: one JSON line each way on a socket in its directory."""

import contextlib
import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local.errors import StackError

Message = dict[str, Any]
_ANSWER_SECONDS = 120.0
# How long the listener waits before the caller may look after its children.
_TURN_SECONDS = 1.0


def ask(directory: Path, message: Message) -> Message:
    """Send one message to the stack of `directory` and return its answer."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(_ANSWER_SECONDS)
        try:
            connection.connect(_address(directory))
        except OSError as error:
            raise StackError("no stack is running here: start one with make up") from error
        with connection.makefile("rwb") as stream:
            stream.write(json.dumps(message).encode() + b"\n")
            stream.flush()
            line = stream.readline()
    if not line:
        raise StackError("the stack ended without an answer: see make logs")
    answer: Message = json.loads(line)
    if "error" in answer:
        raise StackError(answer["error"])
    return answer


@contextmanager
def listening(directory: Path) -> Iterator[socket.socket]:
    """A socket on which the stack of `directory` can be asked; its name goes with it."""
    address = _address(directory)
    with contextlib.suppress(FileNotFoundError):
        Path(address).unlink()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.settimeout(_TURN_SECONDS)
        listener.listen()
        try:
            yield listener
        finally:
            Path(address).unlink(missing_ok=True)


def answer_one(listener: socket.socket, carry_out: Callable[[Message], Message]) -> None:
    """Answer one command, or return after a moment without any."""
    try:
        connection, _ = listener.accept()
    except TimeoutError:
        return
    connection.settimeout(_TURN_SECONDS)
    # A caller that went away before its answer has lost nothing but that. The stream's own end
    # may fail by it too: what it still holds is written then.
    with contextlib.suppress(OSError), connection, connection.makefile("rwb") as stream:
        line = stream.readline()
        if line:
            stream.write(json.dumps(_answer(line, carry_out)).encode() + b"\n")
            stream.flush()


def _answer(line: bytes, carry_out: Callable[[Message], Message]) -> Message:
    try:
        return carry_out(json.loads(line))
    except (StackError, OSError) as error:
        return {"error": str(error)}
    except (ValueError, KeyError) as error:
        return {"error": f"no such operation: {error!r}"}


def _address(directory: Path) -> str:
    # The shorter of the two: the address of a socket may have no more than about 100 bytes.
    path = str(directory / "control")
    return min(path, os.path.relpath(path), key=len)
