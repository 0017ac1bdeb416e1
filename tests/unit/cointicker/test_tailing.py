"""Following for people: where it ends, and what it survives."""

from contextlib import aclosing

import pytest

from cointicker.backoff import Backoff
from cointicker.errors import TransientError
from cointicker.kafka.records import Partition, Record
from cointicker.kafka.tailing import FROM_BEGINNING_MS, FROM_NOW_MS, Tail
from tests.fakes.memory_feed import MemoryTopics

ONE, TWO = Partition("t", 0), Partition("t", 1)


def world(*values: bytes) -> MemoryTopics:
    topics = MemoryTopics()
    topics.logs[TWO] = []
    for number, value in enumerate(values):
        topics.add(ONE, value, number)
    return topics


def tail(topics: MemoryTopics, said: list[str], since_ms: int, *, to_end: bool = False) -> Tail:
    return Tail(topics.open, since_ms, said.append, to_end=to_end)


def values(portion: list[tuple[Partition, Record]]) -> list[bytes | None]:
    return [record.value for _, record in portion]


async def test_it_ends_where_the_topic_ended_at_the_start() -> None:
    topics = world(b"a", b"b")
    found = []
    async for portion in tail(topics, [], FROM_BEGINNING_MS, to_end=True).portions():
        found += values(portion)
        topics.add(ONE, b"later", 9)
    assert found == [b"a", b"b"]


async def test_from_now_on_is_only_what_comes() -> None:
    topics = world(b"a", b"b")
    async with aclosing(tail(topics, [], FROM_NOW_MS).portions()) as portions:
        topics.add(TWO, b"before it began", 5)
        assert values(await anext(portions)) == []
        topics.add(TWO, b"c", 7)
        assert values(await anext(portions)) == [b"c"]


async def test_a_broker_that_goes_away_is_waited_for_and_nothing_is_missed() -> None:
    topics, said = world(b"a"), list[str]()
    waits = iter(["no answer", "no answer", None])

    def chance() -> float:
        topics.fail(next(waits))
        return 0.0

    tail = Tail(topics.open, FROM_BEGINNING_MS, said.append, backoff=Backoff(0.001, 0.001, chance))
    async with aclosing(tail.portions()) as portions:
        assert values(await anext(portions)) == [b"a"]
        topics.add(ONE, b"b", 2)
        topics.fail("no answer")
        assert values(await anext(portions)) == [b"b"]
    assert said == [
        "no answer: the broker is away; this goes on when it is back",
        "the broker is back",
    ]
    assert topics.opened == 4


async def test_who_cannot_begin_is_told() -> None:
    topics = world(b"a")
    topics.fail("no broker")
    with pytest.raises(TransientError, match="no broker"):
        await anext(tail(topics, [], FROM_NOW_MS).portions())


async def test_who_wants_no_more_than_there_is_does_not_wait() -> None:
    topics = world(b"a", b"b")
    portions = tail(topics, [], FROM_BEGINNING_MS, to_end=True).portions()
    topics.fail("gone")
    with pytest.raises(TransientError, match="gone"):
        await anext(portions)


async def test_records_deleted_unread_are_told_and_the_rest_is_read() -> None:
    topics, said = world(*(b"%d" % n for n in range(5))), list[str]()
    async with aclosing(tail(topics, said, FROM_NOW_MS).portions()) as portions:
        assert values(await anext(portions)) == []
        for number in range(5, 10):
            topics.add(ONE, b"%d" % number, number)
        topics.starts[ONE] = 8
        assert values(await anext(portions)) == [b"8", b"9"]
    assert said == ["t-0: from offset 5 on, records were deleted unread"]
