"""The command behind `make up`, `make down`, `make status` and `make logs`.

ZooKeeper, Kafka, HDFS and the services run as processes of this machine, with their data under
.stack/.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from local.cluster import ROOT
from local.control import Message, ask
from local.errors import StackError
from local.logs import follow, last_lines
from local.ownership import owner
from local.ports import Ports, free_ports
from local.runner import Runner, addresses, interrupt_on_sigterm
from local.services import check_sources, start_services
from local.stack import Stack

OPERATIONS = ("start", "stop", "kill", "pause", "resume", "restart")
_POLL_SECONDS = 0.1
_STOP_SECONDS = 60.0


def main(arguments: list[str] | None = None) -> int:
    """Carry out one command; what goes wrong is one line on stderr and status 1."""
    chosen = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = chosen.run
    try:
        return command(chosen)
    except StackError as error:
        sys.stderr.write(f"stack: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 130


def up(chosen: argparse.Namespace) -> int:
    """Start the stack, in this process or in one that stays behind, and say where it is.

    Of one that runs, what has ended is started again.
    """
    check_sources(chosen.sources)
    if (running := owner(chosen.directory)) is not None:
        for part in ask(chosen.directory, {"operation": "revive"})["parts"]:
            say(f"{part['name']} had ended and is ready again")
        say(f"running already (process {running}); make status shows it, make down stops it")
        return 0
    return _run_here(chosen) if chosen.foreground else _leave_running(chosen)


def down(chosen: argparse.Namespace) -> int:
    """Stop a running stack and wait for its end; its data stays."""
    running = owner(chosen.directory)
    if running is None:
        say("no stack is running")
        return 0
    os.kill(running, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    while owner(chosen.directory) == running:
        if time.monotonic() > deadline:
            os.kill(running, signal.SIGKILL)
            raise StackError(f"did not stop within {_STOP_SECONDS:g} s and was killed")
        time.sleep(_POLL_SECONDS)
    say("stopped; the data is kept, and make up goes on with it")
    return 0


def status(chosen: argparse.Namespace) -> int:
    """Print each part with its process, port and readiness; 0 only if all are ready."""
    parts = ask(chosen.directory, {"operation": "status"})["parts"]
    _print_parts(parts)
    return 1 if any(part["missing"] for part in parts) else 0


def logs(chosen: argparse.Namespace) -> int:
    """Print the end of the logs, or follow them."""
    files = sorted((chosen.directory / "logs").glob("*.log"))
    if chosen.name:
        files = [file for file in files if file.stem == chosen.name]
    if not files:
        raise StackError(f"no such log in {chosen.directory / 'logs'}: start a stack with make up")
    for file in files:
        for line in last_lines(file, chosen.lines):
            say(f"{file.stem}: {line}")
    if chosen.follow:
        follow(files, say)
    return 0


def operate(chosen: argparse.Namespace) -> int:
    """Start, stop, kill, pause, resume or restart one part of a running stack."""
    answer = ask(chosen.directory, {"operation": chosen.operation, "name": chosen.name})
    _print_parts(answer["parts"])
    return 0


def say(line: str) -> None:
    """Print a line at once, also into a pipe."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _run_here(chosen: argparse.Namespace) -> int:
    interrupt_on_sigterm()
    ports = free_ports() if chosen.free_ports else Ports()
    try:
        with Stack(chosen.directory, ports, report=say) as stack:
            if not chosen.servers_only:
                start_services(stack, chosen.sources)
            for line in addresses(stack):
                say(line)
            Runner(stack, say).run()
    except KeyboardInterrupt:
        say("stopped")
    return 0


def _leave_running(chosen: argparse.Namespace) -> int:
    (chosen.directory / "logs").mkdir(parents=True, exist_ok=True)
    log = chosen.directory / "logs" / "runner.log"
    command = [sys.executable, __file__, "--directory", str(chosen.directory), "up", "--foreground"]
    command += ["--free-ports"] if chosen.free_ports else []
    command += ["--servers-only"] if chosen.servers_only else ["--sources", chosen.sources]
    with log.open("wb") as output:
        runner = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        return _watch_start(chosen.directory, runner, log)
    except BaseException:
        runner.terminate()
        runner.wait()
        raise


def _watch_start(directory: Path, runner: subprocess.Popen[bytes], log: Path) -> int:
    """Print what the runner prints until it answers, or ends before that."""
    with log.open(encoding="utf-8") as output:
        while runner.poll() is None and not _answers(directory):
            sys.stdout.write(output.read())
            sys.stdout.flush()
            time.sleep(_POLL_SECONDS)
        ended = runner.poll()
        (sys.stdout if ended is None else sys.stderr).write(output.read())
    if ended is not None:
        return 1
    say("make status shows the parts, make logs what they say, make down stops them")
    # It stays behind on purpose: its end is not waited for here.
    runner.returncode = 0
    return 0


def _answers(directory: Path) -> bool:
    try:
        ask(directory, {"operation": "status"})
    except StackError:
        return False
    return True


def _print_parts(parts: list[Message]) -> None:
    for part in parts:
        process = f"process {part['pid']}" if part["pid"] else "no process"
        port = f"port {part['port']}" if part["port"] else ""
        say(f"{part['name']:<12} {process:<16} {port:<11} {part['missing'] or 'ready'}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="stack.py", description=__doc__)
    default = ROOT / ".stack" / "main"
    parser.add_argument("--directory", type=Path, default=default, help="where the stack lives")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    starting = commands.add_parser("up", help="start the stack and leave it running")
    starting.add_argument("--foreground", action="store_true", help="stay until Ctrl-C")
    starting.add_argument("--free-ports", action="store_true", help="not the published ports")
    starting.add_argument("--servers-only", action="store_true", help="without the services")
    starting.add_argument("--sources", default="simulated", help="simulated (default) or live")
    starting.set_defaults(run=up)
    commands.add_parser("down", help="stop the stack").set_defaults(run=down)
    commands.add_parser("status", help="show the parts").set_defaults(run=status)
    reading = commands.add_parser("logs", help="show what the parts print")
    reading.add_argument("name", nargs="?", help="only this part")
    reading.add_argument("--follow", action="store_true", help="until Ctrl-C")
    reading.add_argument("--lines", type=int, default=20, help="of each log")
    reading.set_defaults(run=logs)
    for operation in OPERATIONS:
        operating = commands.add_parser(operation, help=f"{operation} one part")
        operating.add_argument("name")
        operating.set_defaults(run=operate, operation=operation)
    return parser


if __name__ == "__main__":
    sys.exit(main())
