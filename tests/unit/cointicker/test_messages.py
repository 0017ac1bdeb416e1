"""Golden bytes: what is on the topics is a contract with every reader."""

from datetime import UTC, datetime, timedelta, timezone

import orjson
import pytest

from cointicker.backoff import Backoff
from cointicker.messages import KEPT_BYTES, DeadLetter, Gap, RawRecord, Status, beginning
from cointicker.times import from_ms, to_ms, to_text

AT = datetime(2026, 3, 11, 14, 40, 59, 12345, UTC)


def test_a_raw_record_has_these_bytes() -> None:
    record = RawRecord(
        source="upbit_trends",
        id="KRW-BTC:1773240058930",
        content_hash="9f86d081884c7d65",
        fetched_at=AT,
        event_at=from_ms(1773240058930),
        url="https://api.upbit.com/v1/ticker/all?quote_currencies=KRW",
        payload={"market": "KRW-BTC", "trade_price": 103493000.0},
    )
    assert record.encode() == (
        b'{"schema":1,"source":"upbit_trends","id":"KRW-BTC:1773240058930",'
        b'"content_hash":"9f86d081884c7d65","fetched_at":"2026-03-11T14:40:59.012345Z",'
        b'"event_at":"2026-03-11T14:40:58.930Z",'
        b'"url":"https://api.upbit.com/v1/ticker/all?quote_currencies=KRW",'
        b'"payload":{"market":"KRW-BTC","trade_price":103493000.0}}'
    )


def test_a_dead_letter_keeps_text_as_text_and_anything_else_in_base64() -> None:
    letter = DeadLetter(
        service="collector",
        reason="wrong_type",
        detail="trade_price: expected number, got 'x'",
        topic="cointicker.raw.upbit_trends",
        origin={"source": "upbit_trends"},
        value=b'{"a":1}',
        at=AT,
    )
    assert letter.encode() == (
        b'{"schema":1,"service":"collector","reason":"wrong_type",'
        b'"detail":"trade_price: expected number, got \'x\'",'
        b'"topic":"cointicker.raw.upbit_trends","origin":{"source":"upbit_trends"},'
        b'"at":"2026-03-11T14:40:59.012345Z","value":"{\\"a\\":1}"}'
    )
    binary = DeadLetter("collector", "not_utf8", "", "t", {}, b"\xff", AT)
    assert b'"value_base64":"/w=="' in binary.encode()


def test_a_dead_letter_fits_into_its_topic_whatever_it_is_of() -> None:
    for value in (b"\0" * 1_000_000, b"\xff" * 1_000_000, "가".encode() * 300_000):
        letter = DeadLetter("insights", "not_json", "x" * 1_000_000, "t", {}, value, AT).encode()
        assert len(letter) < 512 * 1024
        assert orjson.loads(letter)["detail"] == "x" * 300


def test_the_kept_part_of_a_text_is_text() -> None:
    letter = DeadLetter("insights", "not_json", "", "t", {}, b"ab" + "가".encode() * 300_000, AT)
    kept = orjson.loads(letter.encode())["value"]
    assert KEPT_BYTES - 3 < len(kept.encode()) <= KEPT_BYTES
    assert set(kept) == set("ab가")


@pytest.mark.parametrize("most", range(1, 9))
def test_a_cut_is_between_characters(most: int) -> None:
    cut = beginning("a가😀b".encode(), most).decode()
    assert "a가😀b".startswith(cut)


def test_a_gap_is_between_two_times_or_two_offsets() -> None:
    times = Gap("collector", "coinness", AT, AT + timedelta(minutes=1), "blocked", AT)
    assert times.encode() == (
        b'{"schema":1,"service":"collector","subject":"coinness","partition":null,'
        b'"from":"2026-03-11T14:40:59.012345Z","to":"2026-03-11T14:41:59.012345Z",'
        b'"reason":"blocked","at":"2026-03-11T14:40:59.012345Z"}'
    )
    offsets = Gap("hdfs-sink", "cointicker.raw.test", 3, 7, "retention", AT, partition=0)
    assert b'"partition":0,"from":3,"to":7' in offsets.encode()


def test_a_status_names_who_reports() -> None:
    status = Status("collector", None, "h", 7, ["t"], [], 5, 1, 2.5, None, 9.0, AT)
    assert status.encode() == (
        b'{"schema":1,"service":"collector","group":null,"host":"h","pid":7,"topics":["t"],'
        b'"partitions":[],"processed":5,"errors":1,"rate":2.5,"lag":null,"uptime_seconds":9.0,'
        b'"at":"2026-03-11T14:40:59.012345Z"}'
    )


def test_times_are_utc_with_z_and_as_fine_as_they_are() -> None:
    kst = timezone(timedelta(hours=9))
    assert to_text(datetime(2026, 7, 6, 21, 4, 11, tzinfo=kst)) == "2026-07-06T12:04:11Z"
    assert to_text(AT) == "2026-03-11T14:40:59.012345Z"


def test_milliseconds_are_exact_both_ways() -> None:
    for milliseconds in range(1773240058000, 1773240059000, 7):
        assert to_ms(from_ms(milliseconds)) == milliseconds


def test_waits_double_up_to_the_cap_and_begin_anew_after_a_success() -> None:
    backoff = Backoff(1, 4, chance=lambda: 1.0)
    assert [backoff.next_seconds() for _ in range(4)] == [1, 2, 4, 4]
    backoff.reset()
    assert backoff.next_seconds() == 1
    assert Backoff(1, 4, chance=lambda: 0.0).next_seconds() == 0.5
