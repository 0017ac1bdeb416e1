"""Every metric of the rules, each with a word on when to worry.

They are counted while the work is done. A task that is restored repeats the work since its last
snapshot, and so counts it again.
"""

from collections.abc import Mapping
from functools import partial
from typing import Protocol
from weakref import WeakValueDictionary

from prometheus_client import Counter, Gauge

from cointicker.kafka.records import Partition
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
# Nearly all of the headlines: the sources changed their words, or write in another language.
UNSCORED = Counter(
    "cointicker_insights_headlines_unscored_total",
    "Headlines and answers told to stage two without a score: no word of theirs is known.",
    ["input"],
)
# Far above the markets that trade: somebody sends us markets that do not exist.
HELD = Gauge(
    "cointicker_insights_state_entries",
    "Markets and headlines in the states of the tasks that are ours, by input topic.",
    ["input"],
)


class Holding(Protocol):
    """A stage that keeps entries in its state."""

    @property
    def held(self) -> int:
        """How many."""
        ...


class Tally(Protocol):
    """Where the stages count what they did."""

    def watch(self, source: Partition, stage: Holding) -> None:
        """From now on this stage works on that input, in place of one before."""
        ...

    def count(self, task: str, counts: Mapping[Count, int]) -> None:
        """Add the counts of one task."""
        ...


class PrometheusTally:
    """Counts for Prometheus. A stage that nobody has any more is not spoken of either."""

    def __init__(self) -> None:
        self._stages: WeakValueDictionary[Partition, Holding] = WeakValueDictionary()

    def watch(self, source: Partition, stage: Holding) -> None:
        """What it holds is asked when the metrics are."""
        self._stages[source] = stage
        HELD.labels(source.topic).set_function(partial(self._held, source.topic))

    def _held(self, topic: str) -> int:
        stages = list(self._stages.items())
        return sum(stage.held for source, stage in stages if source.topic == topic)

    def count(self, task: str, counts: Mapping[Count, int]) -> None:
        """Add the counts of one task."""
        for (what, first, second), number in counts.items():
            if what == "insight":
                INSIGHTS.labels(first, second).inc(number)
            elif what == "candle":
                CANDLES.labels(first).inc(number)
            elif what == "unscored":
                UNSCORED.labels(task).inc(number)
            else:
                counter = REFUSED if what == "refused" else IGNORED
                counter.labels(task, first).inc(number)
