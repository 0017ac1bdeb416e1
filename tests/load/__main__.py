"""`make load-test`: puts a stack under load, and says what it bears."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from cointicker.errors import CoinTickerError, ConfigError
from local.errors import StackError
from local.runner import interrupt_on_sigterm
from tests.load import running
from tests.load.plot import write_plot
from tests.load.result import Result, read_result, write_result
from tests.load.settings import LoadSettings, read_settings
from tests.load.site import machine, out_paths
from tests.load.sources_mode import Findings
from tests.load.tables import compared, comparison, markdown, terminal, verdicts

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
    except (StackError, CoinTickerError) as error:
        sys.stderr.write(f"load-test: {error}\n")
        return 1
    except KeyboardInterrupt:
        console.print("stopped")
        return _INTERRUPTED


def _run(console: Console) -> int:
    now = datetime.now(UTC)
    settings = read_settings(os.environ, now)
    paths = out_paths(settings.out)
    with _bar(console) as draw:
        findings = running.run(settings, console.print, draw)
    result = _result(settings, now, findings)
    for table in terminal(result):
        console.print(table)
        console.print()
    for line in (*verdicts(result), *result.problems):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    write_result(result, paths["json"])
    paths["md"].write_text(markdown(result), encoding="utf-8")
    write_plot(result, paths["png"])
    console.print(f"written: {', '.join(map(str, paths.values()))}", soft_wrap=True)
    return 1 if result.problems else 0


def _result(settings: LoadSettings, now: datetime, findings: Findings) -> Result:
    return Result(
        command=settings.command,
        at=f"{now:%Y-%m-%dT%H:%MZ}",
        machine=machine(),
        sections=findings.sections,
        targets=findings.targets,
        panels=findings.panels,
        problems=findings.problems,
    )


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


@contextmanager
def _bar(console: Console) -> Iterator[running.Draw]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("starting", total=1)

        def draw(what: str, done: float, total: float) -> None:
            progress.update(task, description=what, completed=done, total=total)

        yield draw


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
