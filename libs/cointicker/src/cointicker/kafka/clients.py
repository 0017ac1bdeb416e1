"""aiokafka's consumers with every default that matters written down."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

import aiokafka
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import KafkaError

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerOptions:
    """What differs from one group to the next; the rest is the same for every consumer.

    `topics` are names and globs. `member` is set for static membership only: such a member never
    leaves its group in order, and two of one name put each other out.
    """

    servers: Sequence[str]
    group: str
    topics: Sequence[str]
    session_seconds: float = 30.0
    request_seconds: float = 10.0
    stalled_seconds: float = 60.0
    metadata_seconds: float = 5.0
    partition_fetch_bytes: int = 1_048_576
    member: str | None = None


def group_client(options: ConsumerOptions) -> aiokafka.AIOKafkaConsumer:
    """A consumer that joins a group, and neither commits nor resets by itself."""
    session_ms = int(options.session_seconds * 1000)
    return aiokafka.AIOKafkaConsumer(
        bootstrap_servers=list(options.servers),
        group_id=options.group,
        group_instance_id=options.member,
        enable_auto_commit=False,
        auto_offset_reset="none",
        isolation_level="read_committed",
        check_crcs=True,
        session_timeout_ms=session_ms,
        heartbeat_interval_ms=min(3_000, session_ms // 3),
        rebalance_timeout_ms=session_ms,
        max_poll_interval_ms=300_000,
        # A join is answered only when the others have joined: later than any other request.
        request_timeout_ms=max(int(options.request_seconds * 1000), session_ms + 5_000),
        retry_backoff_ms=100,
        metadata_max_age_ms=int(options.metadata_seconds * 1000),
        partition_assignment_strategy=(RoundRobinPartitionAssignor,),
        exclude_internal_topics=True,
        fetch_min_bytes=1,
        fetch_max_wait_ms=500,
        fetch_max_bytes=52_428_800,
        max_partition_fetch_bytes=options.partition_fetch_bytes,
        connections_max_idle_ms=540_000,
    )


def reading_client(servers: Sequence[str], request_seconds: float) -> aiokafka.AIOKafkaConsumer:
    """A consumer outside of any group, to read what it is told to."""
    return aiokafka.AIOKafkaConsumer(
        bootstrap_servers=list(servers),
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="none",
        isolation_level="read_committed",
        check_crcs=True,
        request_timeout_ms=int(request_seconds * 1000),
        retry_backoff_ms=100,
        metadata_max_age_ms=30_000,
        exclude_internal_topics=True,
        fetch_min_bytes=1,
        fetch_max_wait_ms=100,
        fetch_max_bytes=4_194_304,
        max_partition_fetch_bytes=1_048_576,
        connections_max_idle_ms=540_000,
    )


async def stop_client(client: aiokafka.AIOKafkaConsumer, timeout_seconds: float) -> None:
    """Stop a consumer; one that does not within the time is left behind."""
    try:
        async with asyncio.timeout(timeout_seconds):
            await _stop(client)
    except (KafkaError, TimeoutError) as error:
        logger.warning("a Kafka consumer did not stop in order: %r", error)


async def _stop(client: aiokafka.AIOKafkaConsumer) -> None:
    """Stop it in full, also while brokers are away.

    aiokafka then lets the cancellation of its own fetch escape, which would end our task in
    silence, and leaves its connections open.
    """
    try:
        await client.stop()
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        await client._client.close()  # noqa: SLF001 (its own stop does not get there)
