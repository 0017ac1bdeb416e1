"""How the demo shows what flows: a table that is redrawn, or plain lines where no terminal is."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.table import Table

from local.flow import Stored, TopicFlow

_PLAIN_EVERY_SECONDS = 5.0

Draw = Callable[[Sequence[TopicFlow], Stored, float], None]


@contextmanager
def open_screen(console: Console, clock: Callable[[], float] = time.monotonic) -> Iterator[Draw]:
    """What draws the flows, what is stored, and the seconds that have passed."""
    if not console.is_terminal:
        yield _PlainLines(console, clock)
        return
    with Live(console=console, auto_refresh=False) as live:

        def draw(flows: Sequence[TopicFlow], stored: Stored, elapsed: float) -> None:
            live.update(_table(flows, stored, elapsed), refresh=True)

        yield draw


class _PlainLines:
    def __init__(self, console: Console, clock: Callable[[], float]) -> None:
        self._console = console
        self._clock = clock
        self._next = clock()

    def __call__(self, flows: Sequence[TopicFlow], stored: Stored, elapsed: float) -> None:
        if self._clock() < self._next:
            return
        self._next = self._clock() + _PLAIN_EVERY_SECONDS
        counts = "  ".join(f"{_short(flow)} {flow.records:,}" for flow in flows)
        line = f"{elapsed:3.0f} s  {counts}  HDFS {stored.files:,} files, {stored.bytes:,} bytes"
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


def _table(flows: Sequence[TopicFlow], stored: Stored, elapsed: float) -> Table:
    table = Table(
        title=f"{elapsed:.0f} s   HDFS: {stored.files:,} files, {stored.bytes:,} bytes",
        title_justify="left",
        box=None,
    )
    table.add_column("raw topic")
    table.add_column("records", justify="right")
    table.add_column("per second", justify="right")
    table.add_column("newest", no_wrap=True, overflow="ellipsis")
    for flow in flows:
        table.add_row(_short(flow), f"{flow.records:,}", f"{flow.rate:,.0f}", flow.newest)
    return table


def _short(flow: TopicFlow) -> str:
    return flow.topic.rpartition(".")[2]
