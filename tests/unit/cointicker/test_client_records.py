"""What scripts send and receive: any JSON, and a refusal that names what is wrong with the rest."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple

import pytest

from cointicker.errors import InvalidMessage
from cointicker.kafka import Message, Outgoing
from cointicker.kafka.message import received
from cointicker.kafka.outgoing import encode
from cointicker.kafka.records import Partition

NOW = datetime(2026, 3, 11, 14, 40, 59, 12_000, tzinfo=UTC)
NOW_MS = 1_773_240_059_012


class Found(NamedTuple):
    """A record as the client library gives it."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


@dataclass
class Quote:
    price: float | Decimal
    before: "Quote | None" = None


class Odd(Enum):
    NUMBER = float("nan")


def given(key: bytes | None = None, value: bytes | None = b"1") -> Message:
    return received(Partition("t", 2), Found(7, NOW_MS, key, value, (("h", b"x"),)), (1, 2))


def test_a_value_is_json_and_its_time_is_now() -> None:
    message = encode(Outgoing("t", {"a": [1, "가", None]}), NOW)
    assert message.value == '{"a":[1,"가",null]}'.encode()
    assert (message.key, message.timestamp_ms, message.headers) == (None, NOW_MS, ())


def test_key_headers_and_time_are_as_given() -> None:
    seoul = timezone(timedelta(hours=9))
    when = datetime(2026, 3, 11, 23, 40, 59, 12_000, tzinfo=seoul)
    message = encode(Outgoing("t", 1, "KRW-BTC", {"a": "b", "c": b"\xff"}, when), datetime.now(UTC))
    assert (message.key, message.timestamp_ms) == (b"KRW-BTC", NOW_MS)
    assert message.headers == (("a", b"b"), ("c", b"\xff"))


def test_bytes_are_sent_as_they_are_and_times_with_a_zone_are_text() -> None:
    assert encode(Outgoing("t", b"\x00"), NOW).value == b"\x00"
    assert encode(Outgoing("t", [NOW]), NOW).value == b'["2026-03-11T14:40:59.012Z"]'


def test_a_dataclass_is_an_object() -> None:
    assert encode(Outgoing("t", Quote(1, Quote(2))), NOW).value == (
        b'{"price":1,"before":{"price":2,"before":null}}'
    )


def test_none_deletes_a_key_and_needs_one() -> None:
    assert encode(Outgoing("t", None, "k"), NOW).value is None
    with pytest.raises(InvalidMessage, match="no_key"):
        encode(Outgoing("t", None), NOW)


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ({"a": [1, {"b": Decimal(1)}]}, r"value\.a\[1\]\.b: Decimal"),
        ({"a": float("nan")}, r"value\.a: nan"),
        ([None, float("inf")], r"value\[1\]: inf"),
        ({1: 2}, "the key 1 is no text"),
        ({"at": datetime(2026, 1, 1)}, r"value\.at: .*no time zone"),  # noqa: DTZ001 (the point)
        ({"n": 2**70}, r"value\.n: int"),
        ("\ud800", "value: str"),
        (Quote(float("nan")), r"value\.price: nan"),
        ([Quote(1, Quote(Decimal(1)))], r"value\[0\]\.before\.price: Decimal"),
        ({"a": Odd.NUMBER}, r"value\.a: nan"),
    ],
)
def test_what_json_cannot_express_is_refused_by_its_field(value: Any, named: str) -> None:
    with pytest.raises(InvalidMessage, match=named):
        encode(Outgoing("t", value), NOW)


def test_a_value_that_contains_itself_is_refused() -> None:
    value: list[object] = []
    value.append(value)
    with pytest.raises(InvalidMessage, match="contains itself"):
        encode(Outgoing("t", value), NOW)


@pytest.mark.parametrize(
    ("outgoing", "named"),
    [
        (Outgoing("t", 1, key=5), "key: str or bytes, not int"),  # type: ignore[arg-type]
        (Outgoing("t", 1, headers={"h": 5}), r"headers\.h"),  # type: ignore[dict-item]
        (Outgoing("t", 1, headers={1: "a"}), "headers: the name 1"),  # type: ignore[dict-item]
        (Outgoing("t", 1, headers={"\ud800": "a"}), r"headers: the name '\\ud800'"),
        (Outgoing("t", 1, headers=["ab"]), "'ab' is no pair"),  # type: ignore[list-item]
        (Outgoing("t", 1, headers=5), "headers: dict or pairs"),  # type: ignore[arg-type]
        (Outgoing(5, 1), "topic: str, not int"),  # type: ignore[arg-type]
        (Outgoing("t", 1, timestamp=5), "timestamp: datetime"),  # type: ignore[arg-type]
        (Outgoing("t", 1, timestamp=datetime(2026, 1, 1)), "no_time_zone"),  # noqa: DTZ001
    ],
)
def test_what_is_wrong_besides_the_value_is_named_too(outgoing: Outgoing, named: str) -> None:
    with pytest.raises(InvalidMessage, match=named):
        encode(outgoing, NOW)


def test_a_message_says_where_it_is_and_when_it_was_made() -> None:
    message = given(b"KRW-BTC", b'{"price": 1}')
    assert (message.topic, message.partition, message.offset) == ("t", 2, 7)
    assert (message.key, message.value, message.timestamp) == ("KRW-BTC", {"price": 1}, NOW)
    assert message.headers == (("h", b"x"),)


def test_a_key_that_is_no_text_stays_as_it_is_and_a_deleted_one_has_no_value() -> None:
    assert given(b"\xff").key == b"\xff"
    assert (given(b"k", None).raw, given(b"k", None).value) == (None, None)


def test_a_value_that_is_not_json_says_where_it_is_and_can_still_be_had() -> None:
    message = given(value=b"NaN")
    with pytest.raises(InvalidMessage, match="t, partition 2, offset 7"):
        _ = message.value
    assert message.raw == b"NaN"
