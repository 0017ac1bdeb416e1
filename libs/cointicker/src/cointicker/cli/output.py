"""How commands write: a table that fits the terminal, whole lines where there is none, JSON."""

import os
import sys
from collections.abc import Collection, Iterable, Sequence

import orjson
import typer
from rich.console import Console
from rich.table import Table

# Without a terminal nothing is folded: a line is a row for whoever reads it.
_UNFOLDED = 10_000
_MINUTE = 60


def write_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    numbers: Collection[str] = (),
) -> None:
    """Write rows under their columns; None is `-`, and the columns in `numbers` align right."""
    width = terminal_width()
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for index, name in enumerate(columns):
        right = name in numbers
        table.add_column(
            name,
            justify="right" if right else "left",
            no_wrap=right,
            overflow="fold" if index == 0 else "ellipsis",
        )
    for row in rows:
        table.add_row(*("-" if cell is None else str(cell) for cell in row))
    console = Console(width=width or _UNFOLDED, highlight=False, markup=False)
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().splitlines():
        typer.echo(line.rstrip())


def write_json(document: object) -> None:
    """Write one JSON document to stdout."""
    _write(orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n")


def write_json_line(document: object) -> None:
    """Write one JSON document on one line to stdout."""
    _write(orjson.dumps(document) + b"\n")


def duration(seconds: float) -> str:
    """The two largest units of a time; below a minute, seconds and their tenths."""
    tenths = round(seconds, 1)
    if tenths < _MINUTE:
        return f"{tenths:g}s"
    whole = round(seconds)
    minutes, hours, days = whole // 60 % 60, whole // 3600 % 24, whole // 86400
    parts = [(days, "d"), (hours, "h"), (minutes, "m"), (whole % 60, "s")]
    first = next(index for index, (count, _) in enumerate(parts) if count)
    shown = parts[first : first + 2]
    return " ".join(f"{count}{unit}" for count, unit in shown if count)


def terminal_width() -> int | None:
    """Columns of the terminal, None where there is none: then lines are not folded."""
    return os.get_terminal_size().columns if sys.stdout.isatty() else None


def is_coloured() -> bool:
    """Whether colours are shown, and wanted (NO_COLOR)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def _write(line: bytes) -> None:
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()
