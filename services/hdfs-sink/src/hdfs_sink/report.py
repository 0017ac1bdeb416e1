"""What a partition's lane tells of itself: metrics, log lines, and the operator's /readyz."""

import logging
import time
from collections.abc import Callable

from cointicker.health import REFUSED, Health
from cointicker.kafka.records import Partition
from hdfs_sink import metrics
from hdfs_sink.batch import Reason
from hdfs_sink.protocol import Chain, Fenced, Refused
from hdfs_sink.publish import Content, Published

logger = logging.getLogger(__name__)


class LaneReport:
    """Counts and says what happened; decides nothing."""

    def __init__(
        self, partition: Partition, health: Health, wall: Callable[[], float] = time.time
    ) -> None:
        self._wall = wall
        self._partition = partition
        self._name = str(partition)
        self._health = health
        self._refused_for: str | None = None

    def recovered(self, chain: Chain) -> None:
        """The chain's end was found."""
        self._accepted()
        outcome = "goes_on" if chain.previous is not None else "starts_anew"
        metrics.RECOVERIES.labels(outcome).inc()
        logger.info("%s goes on at %d, behind %s", self._name, chain.next, chain.previous)
        if chain.gap:
            logger.error("%s lacks %d to %d: %s", self._name, *_gap(chain))

    def fenced(self, error: Fenced) -> None:
        """Another writer removed our staging directory."""
        metrics.FENCED.inc()
        logger.warning("%s starts again: %s", self._name, error)

    def refused(self, refusal: Refused) -> None:
        """Kafka and HDFS contradict each other."""
        if self._refused_for != refusal.reason:
            self._accepted()
            logger.error("%s is refused, an operator has to decide: %s", self._name, refusal)
            metrics.REFUSED_PARTITIONS.inc()
            metrics.REFUSED.labels(self._name, refusal.reason).set(1)
        self._refused_for = refusal.reason
        self._health.down(self._name, f"{REFUSED}{refusal}")

    def closed(self, reason: Reason) -> None:
        """A file is complete."""
        metrics.FILES.labels(reason).inc()

    def published(
        self, chain: Chain, content: Content, published: Published, seconds: float
    ) -> None:
        """A file's name is taken."""
        topic = self._partition.topic
        if chain.gap:
            metrics.GAPS.labels(chain.gap.reason).inc()
            metrics.GAP_OFFSETS.labels(topic).inc(chain.gap.end - chain.gap.start)
        metrics.UNKNOWN_OUTCOMES.inc(published.looks)
        if not published.won:
            metrics.PUBLISHES.labels("lost").inc()
            metrics.LOST_RACES.inc()
            logger.warning("another had published %s", published.path)
            return
        metrics.PUBLISHES.labels("won").inc()
        metrics.RECORDS.labels(topic).inc(content.count)
        metrics.BYTES.labels(topic).inc(len(content.body))
        metrics.PUBLISH_SECONDS.observe(seconds)
        metrics.LATENCY.observe(max(0.0, self._wall() - content.first_timestamp / 1000))
        logger.info(
            "published %s (%d records, %d bytes)", published.path, content.count, len(content.body)
        )

    def committed(self) -> None:
        """Kafka has the offset."""
        metrics.COMMITS.inc()

    def gone(self) -> None:
        """The partition is not ours any more: nothing is said of it from now on."""
        self._accepted()
        self._health.gone(self._name)

    def _accepted(self) -> None:
        if self._refused_for is not None:
            metrics.REFUSED_PARTITIONS.dec()
            metrics.REFUSED.remove(self._name, self._refused_for)
            self._health.gone(self._name)
        self._refused_for = None


def _gap(chain: Chain) -> tuple[int, int, str]:
    assert chain.gap is not None
    return chain.gap.start, chain.gap.end - 1, chain.gap.reason
