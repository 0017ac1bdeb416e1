"""What `cointicker produce` tells of the lines that it sent."""

import asyncio
from collections.abc import Sequence

import pytest

from cointicker.cli.produce import Sending, send_all
from cointicker.health import Health
from cointicker.json_lines import Keying
from tests.fakes.memory_producer import MemoryProducer

TOPIC = "cointicker.raw.test"


def lines(*values: bytes, first: int = 1) -> Sequence[tuple[int, bytes]]:
    return list(enumerate(values, first))


def sending(producer: MemoryProducer) -> Sending:
    health = Health()
    health.dependency("kafka")
    return Sending(TOPIC, Keying(), producer, health)


async def test_each_line_is_acknowledged_or_named(capsys: pytest.CaptureFixture[str]) -> None:
    producer = MemoryProducer()
    producer.refuses = lambda each: "too large" if each.value == b"[3]" else None
    some = sending(producer)
    await some.send(lines(b"1", b"nope", b"[3]", b"4"))
    await some.send(lines(b"5", first=5))
    assert [each.value for each in producer.messages] == [b"1", b"4", b"5"]
    assert some.tally.text() == "3 acknowledged, 2 refused"
    assert not some.tally.is_clean
    assert capsys.readouterr().err.splitlines() == [
        "cointicker: line 2: not JSON: invalid literal, expected 'null', at column 1",
        "cointicker: line 3: too large",
    ]


async def test_the_first_line_that_was_not_acknowledged_is_where_to_go_on() -> None:
    producer = MemoryProducer()
    some = sending(producer)
    await some.send(lines(b"1", b"1", b"1"))
    producer.loses = lambda _: len(producer.messages) in {5, 6}
    await some.send(lines(b"1", b"1", b"1", b"1", first=4))
    assert (some.tally.acknowledged, some.tally.unacknowledged) == (5, 2)
    assert some.tally.first_unacknowledged_line == 5
    assert "2 not acknowledged: go on from line 5 " in some.tally.text()
    assert some.tally.text().endswith(": not reached yet")


async def test_what_is_under_way_when_it_is_interrupted_is_not_acknowledged() -> None:
    producer = MemoryProducer()
    producer.gate.clear()
    some = sending(producer)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await some.send(lines(b"1", b"2", first=8))
    assert some.tally.first_unacknowledged_line == 8
    assert "go on from line 8" in some.tally.text()
    assert some.tally.text().endswith("interrupted")


class Typed:
    """A stdin whose reader presses Ctrl-C once it has read this."""

    def __init__(self, *portions: bytes) -> None:
        self._portions = list(portions)

    def read1(self, _: int, /) -> bytes:
        if not self._portions:
            raise KeyboardInterrupt
        return self._portions.pop(0)


async def nothing_to_close() -> None:
    """There is no client."""


@pytest.mark.parametrize(
    ("portions", "line"),
    [
        ([], 1),
        ([b"1\n2\n"], 3),
        ([b"1\n", b"\n2\n3"], 4),
    ],
)
def test_an_interruption_while_nothing_is_under_way_says_the_line_to_go_on_from(
    portions: list[bytes], line: int
) -> None:
    some = sending(MemoryProducer())
    assert send_all(some, Typed(*portions), nothing_to_close)
    assert some.tally.first_unacknowledged_line == line
    assert some.tally.text().endswith(f"0 refused, interrupted: go on from line {line}")
