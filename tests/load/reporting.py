"""How a run is shown: a bar while it runs, then tables, and files that stay."""

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import psutil
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from cointicker.errors import ConfigError
from tests.load.plot import write_plot
from tests.load.result import Draw, Result, write_result
from tests.load.settings import LoadSettings
from tests.load.sources_mode import Findings
from tests.load.tables import markdown, terminal, verdicts

_GIB = 1024**3


def out_directory(out: Path) -> None:
    """Make the folder that the result goes to, before anything else. Raises ConfigError."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError([f"OUT: {error.strerror} (got '{out}')"]) from error


def report(settings: LoadSettings, now: datetime, findings: Findings, console: Console) -> int:
    """Print and write the result; the exit status: 1 if anything was lost or doubled."""
    result = _result(settings, now, findings)
    for table in terminal(result):
        console.print(table)
        console.print()
    for line in (*verdicts(result), *result.problems):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    paths = [
        settings.out.with_name(f"{settings.out.name}.{kind}") for kind in ("json", "md", "png")
    ]
    write_result(result, paths[0])
    paths[1].write_text(markdown(result), encoding="utf-8")
    write_plot(result, paths[2])
    console.print(f"written: {', '.join(map(str, paths))}", soft_wrap=True)
    return 1 if result.problems else 0


@contextmanager
def progress_bar(console: Console) -> Iterator[Draw]:
    """What draws how far a run is."""
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


def _result(settings: LoadSettings, now: datetime, findings: Findings) -> Result:
    return Result(
        command=settings.command,
        at=f"{now:%Y-%m-%dT%H:%MZ}",
        machine=_machine(),
        sections=findings.sections,
        targets=findings.targets,
        panels=findings.panels,
        problems=findings.problems,
    )


def _machine() -> str:
    """What the figures were taken on."""
    memory = psutil.virtual_memory().total / _GIB
    return (
        f"{len(os.sched_getaffinity(0))} cores, {memory:.0f} GiB, "
        f"{platform.system()}, Python {platform.python_version()}"
    )
