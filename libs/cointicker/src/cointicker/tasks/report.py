"""What a task tells of itself: metrics, log lines, and the operator's /readyz. Decides nothing."""

import logging
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

from cointicker.health import Health
from cointicker.kafka.records import Partition, Record
from cointicker.tasks.metrics import LATE_SECONDS, TaskMetrics
from cointicker.tasks.plan import Plan, Refusal
from cointicker.work import Output

logger = logging.getLogger(__name__)


class Tally:
    """The totals of a process, for its status reports."""

    def __init__(self) -> None:
        self.processed = 0
        self.errors = 0


def count_late(records: Sequence[Record], now: float) -> int:
    """How many are older than they should be; neighbours of a partition are in order of time."""
    return bisect_left(records, (now - LATE_SECONDS) * 1000, key=lambda each: each.timestamp)


class TaskReport:
    """Counts and says what happened to one task, until it is gone: then it only counts."""

    def __init__(
        self, partition: Partition, metrics: TaskMetrics, health: Health, tally: Tally
    ) -> None:
        self._partition = partition
        self._name = str(partition)
        self._metrics = metrics
        self._health = health
        self._tally = tally
        self._refused_for: str | None = None
        self._wrote = False
        self._is_gone = False
        # Shown before the first is counted: a rate sees nothing of a series that begins above 0.
        metrics.records_in.labels(partition.topic)
        metrics.records_late.labels(partition.topic)
        health.dependency(self._name)

    def begun(self, plan: Plan, replayed: int, seconds: float) -> None:
        """The state is there, records can come."""
        if not self._is_gone:
            self._health.up(self._name)
        self._metrics.restore_seconds.observe(seconds)
        self._metrics.replayed.inc(replayed)
        logger.info(
            "%s goes on at %d, after %d replayed in %.3f s",
            self._name,
            plan.offset,
            replayed,
            seconds,
        )
        if plan.lost:
            lost = plan.lost
            self._metrics.gaps.labels(lost.reason).inc()
            logger.error(
                "%s was rebuilt and lacks %d to %d: %s",
                self._name,
                lost.start,
                lost.end,
                lost.reason,
            )

    def committed(self, records: int, outputs: Sequence[Output], seconds: float) -> None:
        """A transaction is visible."""
        metrics = self._metrics
        metrics.transactions.labels("committed").inc()
        metrics.transaction_seconds.observe(seconds)
        if records:
            metrics.records_in.labels(self._partition.topic).inc(records)
            self._tally.processed += records
        for topic, count in Counter(each.topic for each in outputs).items():
            metrics.records_out.labels(topic).inc(count)

    def visible(self, records: Sequence[Record], now: float) -> None:
        """What was made of these records, at least one, is visible from now on."""
        topic, oldest = self._partition.topic, records[0].timestamp / 1000
        self._metrics.end_to_end_seconds.labels(topic).observe(max(0.0, now - oldest))
        self._metrics.records_late.labels(topic).inc(count_late(records, now))

    def snapshot(self, size: int, seconds: float) -> None:
        """The state was written down."""
        self._metrics.snapshots.inc()
        self._metrics.snapshot_seconds.observe(seconds)
        if not self._is_gone:
            self._metrics.snapshot_bytes.labels(self._name).set(size)
            self._wrote = True

    def failed(self, error: Exception) -> None:
        """Something did not answer: memory is dropped, the task begins anew."""
        self._tally.errors += 1
        self._metrics.transactions.labels("failed").inc()
        if not self._is_gone:
            self._health.down(self._name, str(error))
            logger.warning("%s begins anew: %s", self._name, error)

    def fenced(self, error: Exception) -> None:
        """Another owns the task."""
        self._metrics.transactions.labels("fenced").inc()
        if not self._is_gone:
            logger.warning("%s is not ours any more: %s", self._name, error)

    def refused(self, refusal: Refusal) -> None:
        """An operator has to decide."""
        if self._is_gone:
            return
        self._tally.errors += 1
        self._refused_for = refusal.reason
        self._metrics.refused_tasks.inc()
        self._metrics.refused.labels(self._name, refusal.reason).set(1)
        self._health.down(self._name, f"refused, {refusal.text}")
        logger.error("%s is refused, an operator has to decide: %s", self._name, refusal.text)

    def gone(self) -> None:
        """The task is not ours any more: another may speak of its partition from now on."""
        self._is_gone = True
        if self._refused_for is not None:
            self._metrics.refused_tasks.dec()
            self._metrics.refused.remove(self._name, self._refused_for)
            self._refused_for = None
        if self._wrote:
            self._metrics.snapshot_bytes.remove(self._name)
            self._wrote = False
        self._health.gone(self._name)
