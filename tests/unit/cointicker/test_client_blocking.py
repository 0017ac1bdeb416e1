"""The blocking consumer: when it ends, what it has committed by then, and what it raises."""

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import cast

import pytest

from cointicker.errors import TransientError
from cointicker.kafka import (
    AsyncConsumer,
    AsyncProducer,
    KafkaConsumerClient,
    KafkaProducerClient,
    Message,
    NotConnected,
    NotOwned,
    OffsetOutOfRange,
)
from cointicker.kafka.records import Partition
from tests.fakes.memory_messages import MemoryMessages, TickingClock


def message(offset: int, generation: int = 0) -> Message:
    at = datetime(2026, 3, 11, tzinfo=UTC)
    return Message("t", 0, offset, None, b"1", (), at, (0, generation))


class Bench(KafkaConsumerClient):
    """A client over messages in memory."""

    def __init__(self, *given: Sequence[Message] | Exception) -> None:
        clock = TickingClock()
        self.memory = MemoryMessages(clock, *given)
        self.seen: list[int] = []
        super().__init__("nowhere:1", "g", "t", clock=clock)

    def handle(self, message: Message) -> None:
        self.seen.append(message.offset)

    def _make(self) -> AsyncConsumer:
        return cast("AsyncConsumer", self.memory)


FORGETFUL = """
from cointicker.errors import TransientError
from cointicker.kafka.blocking import called_at_exit
def close():
    raise TransientError("away")
forgotten = called_at_exit(close)
forgotten.__enter__()
"""


class Refused(Exception):
    """What a callback raises."""


THREE = [message(0), message(1), message(2)]


def test_without_a_wait_all_that_is_there_is_handled() -> None:
    with Bench(THREE) as client:
        assert client.consume(client.handle, timeout=0) == 3
        assert client.consume(client.handle, timeout=0) == 0
        assert client.memory.commits == [3]


def test_a_slow_commit_takes_nothing_of_the_timeout() -> None:
    with Bench(THREE[:1], THREE[1:]) as client:
        client.memory.commit_seconds = 5
        assert client.consume(client.handle, timeout=2) == 3


def test_a_commit_that_fails_takes_no_message_of_the_timeout_either() -> None:
    with Bench(THREE[:1], [], THREE[1:]) as client:
        client.memory.commit_seconds = 5
        client.memory.refusals = [TransientError("slow"), TransientError("slow")]
        assert client.consume(client.handle, timeout=2) == 3


def test_an_older_message_does_not_move_the_commit_back() -> None:
    with Bench(THREE) as client:
        client.consume(client.handle, max_messages=3)
        client.commit(THREE[0])
        assert client.memory.commits == [3]
    with Bench(THREE) as client:
        client.commit(THREE[2])
        client.commit(THREE[1])
        assert client.memory.commits == [3]


def test_what_is_given_again_after_a_rebalance_is_committed_again() -> None:
    with Bench(THREE) as client:
        client.consume(client.handle, max_messages=3)
        client.commit(message(1, generation=1))
        assert client.memory.commits == [3, 2]


@pytest.mark.parametrize(("most", "timeout"), [(9, None), (None, 9.0), (9, 9.0)])
def test_ctrl_c_is_raised_where_there_is_another_end(
    most: int | None, timeout: float | None
) -> None:
    with Bench(THREE) as client:
        with pytest.raises(KeyboardInterrupt):
            client.consume(interrupted_at_2, max_messages=most, timeout=timeout)
        assert client.memory.commits == [2]
        assert client.consume(client.handle, max_messages=1) == 1
        assert client.seen == [2]


def test_ctrl_c_is_the_end_where_there_is_no_other() -> None:
    with Bench(THREE) as client:
        assert client.consume(interrupted_at_2) == 2
        assert client.memory.commits == [2]


def test_a_last_commit_that_fails_is_raised_and_tried_again_at_the_close() -> None:
    with Bench(THREE) as client:
        client.memory.refusals = [TransientError("away")]
        with pytest.raises(TransientError, match="away"):
            client.consume(client.handle, max_messages=3)
        assert client.memory.commits == []
    assert client.memory.commits == [3]


def test_what_the_callback_raised_is_not_hidden_by_a_commit_that_fails() -> None:
    def refuse(message: Message) -> None:
        if message.offset == 1:
            raise Refused

    with Bench(THREE) as client:
        client.memory.refusals = [TransientError("away")]
        with pytest.raises(Refused):
            client.consume(refuse)


def test_before_an_offset_that_is_not_in_the_log_what_was_handled_is_committed() -> None:
    with Bench(THREE, OffsetOutOfRange(Partition("t", 0), 3)) as client:
        with pytest.raises(OffsetOutOfRange):
            client.consume(client.handle)
        assert (client.seen, client.memory.commits) == ([0, 1, 2], [3])


def test_what_is_another_member_s_by_now_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    with Bench(THREE) as client:
        client.memory.refusals = [NotOwned("decided anew")]
        assert client.consume(client.handle, max_messages=3) == 3
    assert "handled, and given again: decided anew" in caplog.messages


def test_a_client_that_is_not_connected_says_so() -> None:
    client = Bench(THREE)
    for _ in range(2):
        with pytest.raises(NotConnected):
            client.consume(client.handle)
        with pytest.raises(NotConnected):
            client.commit()
        with pytest.raises(NotConnected):
            next(iter(client))
        client.connect()
        client.close()
    with pytest.raises(NotConnected):
        KafkaProducerClient("nowhere:1").send("t", 1)


def test_what_fails_at_the_end_of_a_script_is_a_line_in_the_log() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", FORGETFUL], capture_output=True, text=True, timeout=20, check=True
    )
    assert ended.stderr == "not closed in order at the end of the script: TransientError('away')\n"


async def test_the_async_ones_say_the_same() -> None:
    # In a thread, as they look for the operators' file.
    consumer = await asyncio.to_thread(
        AsyncConsumer, "t", bootstrap_servers="nowhere:1", group_id="g"
    )
    producer = await asyncio.to_thread(AsyncProducer, bootstrap_servers="nowhere:1")
    for _ in range(2):
        with pytest.raises(NotConnected):
            await consumer.take(1)
        with pytest.raises(NotConnected):
            await consumer.commit()
        with pytest.raises(NotConnected):
            await producer.send("t", 1)
        await consumer.close()
        await producer.close()
    with pytest.raises(NotConnected):
        await consumer.connect()


def interrupted_at_2(message: Message) -> None:
    if message.offset == 2:
        raise KeyboardInterrupt
