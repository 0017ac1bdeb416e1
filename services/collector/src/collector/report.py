"""What is counted and logged of a source's polls."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from collector import metrics
from collector.haul import Harvest, Haul
from collector.items import Invalid, Item

logger = logging.getLogger(__name__)


class Report:
    """The metrics of one source, and a log line for what a human should look at."""

    def __init__(self, source: str, interval_seconds: float) -> None:
        self._source = source
        metrics.INTERVAL.labels(source).set(interval_seconds)
        self._shape: frozenset[tuple[str, str]] = frozenset()

    def polled(self, outcome: str) -> None:
        """A poll ended."""
        metrics.POLLS.labels(self._source, outcome).inc()

    def fetched(self, seconds: float) -> None:
        """The replies of a poll came."""
        metrics.FETCH_SECONDS.labels(self._source).observe(seconds)

    def accepted(self, haul: Haul, harvest: Harvest, now: datetime) -> None:
        """What a poll brought is published for good."""
        metrics.UNCHANGED.labels(self._source).inc(harvest.unchanged)
        self._invalid(haul.invalid())
        if gap := harvest.gap:
            metrics.GAPS.labels(self._source, gap.reason).inc()
            logger.warning(
                "%s has a gap: %s to %s: %s", gap.subject, gap.start, gap.end, gap.reason
            )
        if not haul.is_fruitless:
            metrics.LAST_SUCCESS.labels(self._source).set(now.timestamp())
        self._age(haul.items(), now)

    def _invalid(self, invalid: Sequence[Invalid]) -> None:
        """Count each; log each kind once, until the shape is another."""
        if not invalid:
            return
        kinds = {(each.reason, each.field): each.detail for each in invalid}
        for each in invalid:
            metrics.INVALID.labels(self._source, each.reason, each.field).inc()
        for kind in sorted(kinds.keys() - self._shape):
            logger.warning("%s sent %s at %s: %s", self._source, *kind, kinds[kind])
        self._shape = frozenset(kinds)

    def _age(self, items: Sequence[Item], now: datetime) -> None:
        if items:
            age = now - max(item.event_at for item in items)
            metrics.EVENT_TO_FETCH.labels(self._source).observe(
                max(0.0, age / timedelta(seconds=1))
            )
