"""The process behind `make up`: it owns a stack, answers commands, and stops it in the end."""

import signal
import socket
from collections.abc import Callable
from pathlib import Path

from local.control import Message, answer_one, listening
from local.jars import Report
from local.stack import Stack


class Runner:
    """Keeps a started stack until it is interrupted; reports each part that ends meanwhile."""

    def __init__(self, stack: Stack, report: Report) -> None:
        self._stack = stack
        self._report = report
        self._operations: dict[str, Callable[[str], None]] = {
            "stop": stack.stop,
            "kill": stack.kill,
            "pause": stack.pause,
            "resume": stack.resume,
            "start": self._start,
            "restart": stack.restart,
        }

    def run(self) -> None:
        """Answer commands until SIGINT or SIGTERM, which arrive as KeyboardInterrupt."""
        with listening(self._stack.directory) as listener:
            self._serve(listener)

    def carry_out(self, message: Message) -> Message:
        """The answer to one command; a StackError says why it cannot be done."""
        operation = message["operation"]
        if operation == "status":
            return {"parts": [self._describe(name) for name in self._stack.names()]}
        if operation == "revive":
            return {"parts": [self._describe(name) for name in self._revive()]}
        self._operations[operation](message["name"])
        return {"parts": [self._describe(message["name"])]}

    def _serve(self, listener: socket.socket) -> None:
        known_dead: set[str] = set()
        while True:
            answer_one(listener, self.carry_out)
            dead = {name for name in self._stack.names() if not self._stack.alive(name)}
            for name in sorted(dead - known_dead):
                self._report(
                    f"{name} {self._stack.missing(name)}: see {self._stack.log(name)}; "
                    f"start it again with: scripts/stack.py start {name}"
                )
            known_dead = dead

    def _revive(self) -> list[str]:
        """Start what has ended; all of it at once, as one may wait for another."""
        dead = [name for name in self._stack.names() if not self._stack.alive(name)]
        for name in dead:
            self._stack.start(name)
        for name in dead:
            self._stack.wait_ready(name)
        return dead

    def _start(self, name: str) -> None:
        self._stack.start(name)
        self._stack.wait_ready(name)

    def _describe(self, name: str) -> Message:
        return {
            "name": name,
            "pid": self._stack.pid(name) if self._stack.alive(name) else None,
            "port": self._stack.port(name),
            "missing": self._stack.missing(name),
            "log": str(self._stack.log(name)),
        }


def interrupt_on_sigterm() -> None:
    """Make SIGTERM end this process in the same orderly way as Ctrl-C."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def addresses(stack: Stack) -> list[str]:
    """Where the servers of a stack are, a line each."""
    return [
        f"Kafka      {stack.bootstrap_servers}",
        f"HDFS       {stack.namenode_url} (web pages, WebHDFS), {stack.namenode_rpc}",
        f"ZooKeeper  {stack.zookeeper}",
        f"data, logs {_short(stack.directory)}",
    ]


def _short(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
