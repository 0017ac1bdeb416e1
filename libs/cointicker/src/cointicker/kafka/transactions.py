"""Publishing in transactions: what a task says and how far it read become visible together.

Each client has a transactional id. Whoever starts one fences every earlier client of that id, and
what that one left open is aborted before `start` returns.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidProducerEpoch,
    KafkaError,
    MessageSizeTooLargeError,
    ProducerFenced,
)
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.structs import OffsetAndMetadata, TopicPartition
from prometheus_client import Counter

from cointicker.errors import ContractViolation, TransientError
from cointicker.kafka.failures import translated
from cointicker.kafka.producer import Message, stop_producer
from cointicker.kafka.records import Commit, Partition
from cointicker.work import Output

# Records of one batch before compression; half of what the broker takes, and one that is larger
# than this goes alone.
_BATCH_BYTES = 1_048_576
# A snapshot of 8 MiB with its frame.
_REQUEST_BYTES = 9 * 1_048_576
_ABORT_SECONDS = 2.0

# Usual: each waits 10 ms. The broker asks us to wait while it ends our transaction before this one.
WAITS = Counter(
    "cointicker_transaction_waits_total",
    "Batches sent again because the transaction before was still being ended.",
)


class Fenced(TransientError):
    """Another client has our transactional id: what we hold counts for nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionOptions:
    """`group` is the consumer group whose offsets are committed along, if any are."""

    servers: list[str]
    transactional_id: str
    group: str = ""
    transaction_seconds: float = 10.0
    request_seconds: float = 10.0


class Transactions:
    """One transaction after the other. After any error only `stop` may be called."""

    def __init__(self, options: TransactionOptions) -> None:
        self._options = options
        self._client = AIOKafkaProducer(
            bootstrap_servers=options.servers,
            transactional_id=options.transactional_id,
            transaction_timeout_ms=int(options.transaction_seconds * 1000),
            enable_idempotence=True,
            acks="all",
            compression_type="zstd",
            linger_ms=0,
            max_batch_size=_BATCH_BYTES,
            max_request_size=_REQUEST_BYTES,
            request_timeout_ms=int(options.request_seconds * 1000),
            # 100 by default, which each transaction right after another would wait.
            retry_backoff_ms=10,
            metadata_max_age_ms=30_000,
        )

    async def start(self) -> None:
        """Fence every earlier client of this id. Raises Fenced, TransientError."""
        logging.getLogger("aiokafka.producer.sender").addFilter(_COUNT_WAITS)
        with _translated(f"cannot begin as {self._options.transactional_id}"):
            async with asyncio.timeout(self._options.request_seconds):
                await self._client.start()

    async def commit(
        self, outputs: Iterable[Output], reading: tuple[Partition, Commit] | None = None
    ) -> None:
        """Publish all, and commit the group's offset, in one transaction.

        Raises Fenced, TransientError (the outcome is unknown), ContractViolation (an output can
        never be taken; nothing is visible).
        """
        try:
            with _translated(f"cannot commit as {self._options.transactional_id}"):
                async with asyncio.timeout(self._options.request_seconds):
                    await self._transaction(outputs, reading)
        except ContractViolation:
            await self._abort()
            raise

    async def commit_with_receipt(
        self, number: int, message: Message, receipt: Callable[[int], Output]
    ) -> int:
        """Publish a record to this partition, and what is said of its offset, in one transaction.

        The offset. Raises as `commit`.
        """
        try:
            with _translated(f"cannot commit as {self._options.transactional_id}"):
                async with asyncio.timeout(self._options.request_seconds):
                    return await self._with_receipt(number, message, receipt)
        except ContractViolation:
            await self._abort()
            raise

    async def stop(self) -> None:
        """Disconnect. What is open is aborted by the next client of this id, or by the broker."""
        _look_at_all(self._client)
        await stop_producer(self._client)
        _look_at_all(self._client)

    async def _transaction(
        self, outputs: Iterable[Output], reading: tuple[Partition, Commit] | None
    ) -> None:
        client = await self._begun()
        sent = []
        for topic, number, batch in self._batches(outputs):
            future = await client.send_batch(batch, topic, partition=number)
            future.add_done_callback(_look_at)
            sent.append(future)
        if reading is not None:
            partition, commit = reading
            offset = OffsetAndMetadata(commit.offset, commit.metadata)
            await client.send_offsets_to_transaction(
                {TopicPartition(*partition): offset}, self._options.group
            )
        await asyncio.gather(*sent)  # a commit would not look at them
        await client.commit_transaction()

    async def _with_receipt(
        self, number: int, message: Message, receipt: Callable[[int], Output]
    ) -> int:
        client = await self._begun()
        sent = await client.send_and_wait(
            message.topic,
            message.value,
            key=message.key,
            partition=number,
            timestamp_ms=message.timestamp_ms,
            headers=list(message.headers),
        )
        said = receipt(sent.offset)
        await client.send_and_wait(
            said.topic,
            said.value,
            key=said.key,
            partition=said.partition,
            timestamp_ms=said.timestamp_ms,
        )
        await client.commit_transaction()
        return int(sent.offset)

    async def _begun(self) -> AIOKafkaProducer:
        if self._client._sender.sender_task.done():  # noqa: SLF001 (it would be an assertion)
            raise ProducerFenced
        await self._client.begin_transaction()
        return self._client

    def _batches(self, outputs: Iterable[Output]) -> list[tuple[str, int, BatchBuilder]]:
        """The outputs in as few batches as they fit, in order for each of their partitions."""
        batches = []
        filling: dict[tuple[str, int], BatchBuilder] = {}
        for topic, partition, key, value, timestamp_ms in outputs:
            batch = filling.get((topic, partition))
            if batch is None or not batch.append(timestamp=timestamp_ms, key=key, value=value):
                batch = filling[topic, partition] = self._client.create_batch()
                batches.append((topic, partition, batch))
                # The first of a batch is always taken.
                batch.append(timestamp=timestamp_ms, key=key, value=value)
        return batches

    async def _abort(self) -> None:
        """Let readers of committed records pass, if that is possible now."""
        with suppress(KafkaError, TimeoutError):
            async with asyncio.timeout(_ABORT_SECONDS):
                await self._client.abort_transaction()


@asynccontextmanager
async def open_transactions(options: TransactionOptions) -> AsyncIterator[Transactions]:
    """The one client of this transactional id while the context is open. Raises as `start`."""
    transactions = Transactions(options)
    try:
        await transactions.start()
        yield transactions
    finally:
        await transactions.stop()


@contextmanager
def _translated(what: str) -> Iterator[None]:
    with translated(what):
        try:
            yield
        except (ProducerFenced, InvalidProducerEpoch) as error:
            raise Fenced(f"{what}: another has taken over, or we took too long") from error
        except AssertionError as error:  # aiokafka's own, when it has lost its last broker
            raise TransientError(f"{what}: {error}") from error
        except MessageSizeTooLargeError as error:
            raise ContractViolation(f"{what}: a record is larger than the topic takes") from error


def _look_at_all(client: AIOKafkaProducer) -> None:
    """Of a fenced client many futures hold the same error, and nobody waits for these."""
    accumulator = client._message_accumulator  # noqa: SLF001
    waiting = [batch for batches in accumulator._batches.values() for batch in batches]  # noqa: SLF001
    ended = [each._drain_waiter for each in (*waiting, *accumulator._pending_batches)]  # noqa: SLF001
    for future in (client._txn_manager._transaction_waiter, *ended):  # noqa: SLF001
        if future is not None and future.done():
            _look_at(future)


def _look_at(future: asyncio.Future[object]) -> None:
    """Retrieve what nobody waits for when an earlier step fails."""
    if not future.cancelled():
        future.exception()


class _CountWaits(logging.Filter):
    """Counts what aiokafka warns of with each transaction, in place of a line each."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written."""
        if "NotEnoughReplicas" not in record.getMessage():
            return True
        WAITS.inc()
        return False


_COUNT_WAITS = _CountWaits()
