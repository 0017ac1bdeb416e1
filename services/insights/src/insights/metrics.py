"""Every metric of the rules, each with a word on when to worry.

They are counted while the work is done. A task that is restored repeats the work since its last
snapshot, and so counts it again.
"""

from collections.abc import Mapping
from typing import Protocol

from prometheus_client import Counter, Gauge

from insights.outlet import Count

# None for hours on a market that lives: look at `cointicker_insights_records_refused_total`.
INSIGHTS = Counter(
    "cointicker_insights_insights_total",
    "Insights found, by kind and severity.",
    ["kind", "severity"],
)
# Less than the markets that trade, a minute: windows do not close, or nobody looks.
CANDLES = Counter("cointicker_insights_candles_total", "Candles closed.", ["interval"])
# `late` after an outage is normal. Anything else: a producer broke its contract.
REFUSED = Counter(
    "cointicker_insights_records_refused_total",
    "Records put into the dead-letter topic, by input and reason.",
    ["input", "reason"],
)
# `late_minute`: partitions called idle that were not. `skipped_mark`: one lags by hours.
IGNORED = Counter(
    "cointicker_insights_records_ignored_total",
    "Records, or marks in time, rightly passed over, by input and reason.",
    ["input", "reason"],
)
# Grows for ever: somebody sends us markets that do not exist.
HELD = Gauge(
    "cointicker_insights_state_entries",
    "Markets, headlines or indices in the state of a task.",
    ["input"],
)


class Tally(Protocol):
    """Where the stages count what they did."""

    def count(self, task: str, counts: Mapping[Count, int], held: int) -> None:
        """Add the counts of one task, which now holds so many entries in its state."""
        ...


class PrometheusTally:
    """Counts for Prometheus."""

    def count(self, task: str, counts: Mapping[Count, int], held: int) -> None:
        """Add the counts of one task."""
        HELD.labels(task).set(held)
        for (what, first, second), number in counts.items():
            if what == "insight":
                INSIGHTS.labels(first, second).inc(number)
            elif what == "candle":
                CANDLES.labels(first).inc(number)
            else:
                counter = REFUSED if what == "refused" else IGNORED
                counter.labels(task, first).inc(number)
