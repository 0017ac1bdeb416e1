"""How the demo shows what flows: a table that is redrawn, or plain lines where no terminal is."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from local.flow import Stored, TopicFlow

_PLAIN_EVERY_SECONDS = 5.0

_NEWEST = 8


@dataclass(frozen=True, slots=True)
class Look:
    """What there is to show: flows, files, and insights with the newest first."""

    elapsed: float
    flows: Sequence[TopicFlow]
    stored: Stored
    insights: Sequence[dict[str, Any]]


Draw = Callable[[Look], None]


@contextmanager
def open_screen(console: Console, clock: Callable[[], float] = time.monotonic) -> Iterator[Draw]:
    """What draws a look after the other."""
    if not console.is_terminal:
        yield _PlainLines(console, clock)
        return
    with Live(console=console, auto_refresh=False) as live:
        yield lambda look: live.update(Group(_table(look), *_newest(look)), refresh=True)


class _PlainLines:
    def __init__(self, console: Console, clock: Callable[[], float]) -> None:
        self._console = console
        self._clock = clock
        self._next = clock()
        self._shown: set[str] = set()

    def __call__(self, look: Look) -> None:
        for insight in reversed(look.insights):
            if insight["id"] not in self._shown:
                self._shown.add(insight["id"])
                self._print(f"      {_line(insight)}")
        if self._clock() < self._next:
            return
        self._next = self._clock() + _PLAIN_EVERY_SECONDS
        counts = "  ".join(f"{_short(flow)} {flow.records:,}" for flow in look.flows)
        kept = f"HDFS {look.stored.files:,} files, {look.stored.bytes:,} bytes"
        self._print(f"{look.elapsed:3.0f} s {counts}  {kept}")

    def _print(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


def _table(look: Look) -> Table:
    kept = f"HDFS: {look.stored.files:,} files, {look.stored.bytes:,} bytes"
    table = Table(title=f"{look.elapsed:.0f} s   {kept}", title_justify="left", box=None)
    table.add_column("topic")
    table.add_column("records", justify="right")
    table.add_column("per second", justify="right")
    table.add_column("newest", no_wrap=True, overflow="ellipsis")
    for flow in look.flows:
        table.add_row(_short(flow), f"{flow.records:,}", f"{flow.rate:,.0f}", flow.newest)
    return table


def _newest(look: Look) -> list[Text]:
    return [
        Text(_line(each), overflow="ellipsis", no_wrap=True) for each in look.insights[:_NEWEST]
    ]


def _line(insight: dict[str, Any]) -> str:
    return f"{insight['kind']:<17} {insight['severity']:<8} {insight['summary']['en']}"


def _short(flow: TopicFlow) -> str:
    return flow.topic.partition(".")[2]
