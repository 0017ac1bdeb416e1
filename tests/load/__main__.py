"""`make load-test`: puts a stack under load, and says what it bears."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import ClientError
from aiokafka.errors import KafkaError
from rich.console import Console

from cointicker.errors import CoinTickerError, ConfigError
from local.errors import StackError
from local.runner import interrupt_on_sigterm
from tests.load.containers import run_in_containers
from tests.load.reporting import out_directory, progress_bar, report
from tests.load.result import read_result
from tests.load.running import run
from tests.load.settings import read_settings
from tests.load.tables import compared, comparison

_BAD_SETTINGS, _INTERRUPTED = 2, 130


def main(arguments: list[str]) -> int:
    """Run a load test, or compare two results; the process's exit status."""
    console = Console()
    interrupt_on_sigterm()
    try:
        if arguments[:1] == ["compare"]:
            return _compare(console)
        return _run(console)
    except ConfigError as error:
        for problem in error.problems:
            sys.stderr.write(f"load-test: {problem}\n")
        return _BAD_SETTINGS
    except (StackError, CoinTickerError, KafkaError, ClientError) as error:
        sys.stderr.write(f"load-test: {error}\n")
        return 1
    except KeyboardInterrupt:
        console.print("stopped")
        return _INTERRUPTED


def _run(console: Console) -> int:
    now = datetime.now(UTC)
    settings = read_settings(os.environ, now)
    if settings.target == "compose":
        return run_in_containers(settings, console.print)
    out_directory(settings.out)
    with progress_bar(console) as draw:
        findings = run(settings, console.print, draw)
    return report(settings, now, findings, console)


def _compare(console: Console) -> int:
    paths = {name: os.environ.get(name, "") for name in ("A", "B")}
    unset = [f"{name}: must be a result's JSON file (got '')" for name in paths if not paths[name]]
    if unset:
        raise ConfigError(unset)
    a, b = (read_result(Path(path)) for path in paths.values())
    console.print(f"A  {a.command}  {a.at}  {a.machine}", soft_wrap=True)
    console.print(f"B  {b.command}  {b.at}  {b.machine}", soft_wrap=True)
    for table in comparison(compared(a, b)):
        console.print(table)
        console.print()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
