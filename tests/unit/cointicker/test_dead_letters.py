"""Which records of dead letters may go back, and what goes."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cointicker.dead_letters import HEADER, Letter, NotReplayable, Replays, Wanted, way_back
from cointicker.errors import InvalidMessage
from cointicker.kafka.producer import Message
from cointicker.messages import KEPT_BYTES, DeadLetter, Gap, Moved, Replayed
from cointicker.times import to_ms
from local.proof import add_up
from tests.fakes.memory_kafka import Kept
from tests.load.accounting import Account

AT = datetime(2026, 3, 11, 14, 40, 59, 12000, UTC)
TOPIC = "cointicker.raw.coinness"
ABOUT = DeadLetter(
    service="processor",
    reason="wrong_type",
    detail="payload: expected object",
    topic=TOPIC,
    origin={"topic": TOPIC, "partition": 2, "offset": 41, "size": 7},
    value=b'{"a":1}',
    at=AT,
)
LETTER = Letter(5, ABOUT)
RECORD = Kept(41, 1_773_240_058_930, b"k", b'{"a":1}', (("h", b"v"), ("n", None)))
MARK = Replayed(5, TOPIC, Moved(2, 41, 50), AT)


def test_what_goes_back_is_the_record_and_a_mark() -> None:
    assert way_back(LETTER, RECORD) == Message(
        TOPIC,
        b"k",
        b'{"a":1}',
        1_773_240_058_930,
        (("h", b"v"), ("n", None), (HEADER, b"5")),
    )


def test_a_record_that_kafka_forgot_goes_back_as_its_letter_kept_it() -> None:
    expected = Message(TOPIC, None, b'{"a":1}', to_ms(AT), ((HEADER, b"5"),))
    assert way_back(LETTER, None) == expected


def long_letter(value: bytes) -> Letter:
    origin = {**ABOUT.origin, "size": len(value)}
    decoded = DeadLetter.decode(replace(ABOUT, value=value, origin=origin).encode())
    assert isinstance(decoded, DeadLetter)
    return Letter(5, decoded)


def test_a_long_record_goes_back_only_while_kafka_has_it() -> None:
    value = b"x" * (KEPT_BYTES + 1)
    letter = long_letter(value)
    assert way_back(letter, replace(RECORD, value=value, timestamp=to_ms(AT))).value == value
    with pytest.raises(NotReplayable, match="the letter only 65536 of 65537 bytes of it"):
        way_back(letter, None)


@pytest.mark.parametrize("value", [b'{"a":2}', b"", None, b'{"a":1} '])
def test_another_record_in_its_place_is_left_alone(value: bytes | None) -> None:
    with pytest.raises(NotReplayable, match="another record is in its place"):
        way_back(LETTER, replace(RECORD, value=value))


@pytest.mark.parametrize("value", [b"x" * KEPT_BYTES, b"x" * (KEPT_BYTES - 1) + b"yx"])
def test_a_long_one_that_only_begins_like_it_is_another(value: bytes) -> None:
    letter = long_letter(b"x" * (KEPT_BYTES + 1))
    record = replace(RECORD, value=value, timestamp=to_ms(AT))
    with pytest.raises(NotReplayable, match="another record"):
        way_back(letter, record)


def test_a_long_one_of_another_time_is_another() -> None:
    value = b"x" * (KEPT_BYTES + 1)
    with pytest.raises(NotReplayable, match="another record"):
        way_back(long_letter(value), replace(RECORD, value=value, timestamp=to_ms(AT) + 1))


def test_a_record_without_a_value_goes_back_without_one() -> None:
    assert way_back(long_letter(b""), replace(RECORD, value=None)).value is None
    with pytest.raises(NotReplayable, match="only 0 of 0 bytes"):
        way_back(long_letter(b""), None)


def test_a_record_with_neither_key_nor_value_cannot_be_sent() -> None:
    with pytest.raises(NotReplayable, match="neither key nor value"):
        way_back(long_letter(b""), replace(RECORD, key=None, value=None))


def test_a_record_that_carries_the_mark_does_not_go_back_again() -> None:
    with pytest.raises(NotReplayable, match="replayed before: its record says so"):
        way_back(LETTER, replace(RECORD, headers=((HEADER, b"1"),)))


def test_a_letter_goes_back_once() -> None:
    replays = Replays()
    replays.check(LETTER)
    replays.add(MARK)
    with pytest.raises(NotReplayable, match="was replayed before, to offset 50"):
        replays.check(LETTER)


def test_the_letter_about_the_copy_is_refused_even_when_kafka_forgot_the_copy() -> None:
    replays = Replays()
    replays.add(MARK)
    origin = {**ABOUT.origin, "offset": 50}
    with pytest.raises(NotReplayable, match="was replayed before, as letter 5, and failed"):
        replays.check(Letter(9, replace(ABOUT, origin=origin)))


def test_a_second_letter_about_the_same_record_is_refused() -> None:
    replays = Replays()
    replays.add(MARK)
    with pytest.raises(NotReplayable, match="its record was replayed before, as letter 5"):
        replays.check(Letter(9, ABOUT))


@pytest.mark.parametrize(
    "origin", [{}, {"partition": 1}, {"topic": TOPIC, "offset": 1}, {"topic": "x", "partition": 1}]
)
def test_what_never_was_a_record_has_no_way_back(origin: dict[str, str | int]) -> None:
    with pytest.raises(NotReplayable, match="never was a record: Kafka itself refused it"):
        Replays().check(Letter(1, replace(ABOUT, origin=origin)))


def test_a_source_page_has_no_way_back() -> None:
    origin: dict[str, str | int] = {"source": "coinness", "url": "https://a/b", "size": 3}
    with pytest.raises(NotReplayable, match="the collector refused it on https://a/b"):
        Replays().check(Letter(1, replace(ABOUT, origin=origin)))


def test_what_is_late_stays_late() -> None:
    with pytest.raises(NotReplayable, match="window it belongs to is closed"):
        Replays().check(Letter(1, replace(ABOUT, reason="late")))


@pytest.mark.parametrize(
    ("wanted", "is_included"),
    [
        (Wanted(), True),
        (Wanted(reason="wrong_type", service="processor", topic=TOPIC, since=AT), True),
        (Wanted(reason="wrong_*", topic="*.raw.*"), True),
        (Wanted(reason="late"), False),
        (Wanted(service="insights"), False),
        (Wanted(topic="cointicker.raw.test"), False),
        (Wanted(since=AT + timedelta(seconds=1)), False),
    ],
)
def test_only_the_wanted_letters(wanted: Wanted, is_included: bool) -> None:
    assert wanted.includes(ABOUT) is is_included


@pytest.mark.parametrize("value", [b"", b"text", b"\xff\x00", "가".encode() * 9])
def test_a_letter_is_read_as_it_was_written(value: bytes) -> None:
    origin = {**ABOUT.origin, "size": len(value)}
    letter = replace(ABOUT, value=value, origin=origin)
    assert DeadLetter.decode(letter.encode()) == letter
    assert letter.is_whole


def test_the_mark_has_these_bytes_and_is_read_as_one() -> None:
    assert MARK.encode() == (
        b'{"schema":1,"service":"cointicker","reason":"replayed","detail":"",'
        b'"topic":"cointicker.raw.coinness","origin":{},"at":"2026-03-11T14:40:59.012Z",'
        b'"value":"","replayed":5,"moved":{"partition":2,"offset":41,"to":50}}'
    )
    assert DeadLetter.decode(MARK.encode()) == MARK


def test_who_counts_letters_by_what_they_are_about_passes_over_the_mark() -> None:
    assert add_up([], [], [replace(RECORD, value=MARK.encode())]).problems == []
    account = Account(TOPIC, 2)
    account.was_refused(MARK.encode())
    account.close()
    assert (account.problems, account.dead) == ([], 0)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "not_json"),
        (b"nope", "not_json"),
        (b"[]", "wrong_shape"),
        (b'{"service":"x"}', "wrong_shape"),
        (MARK.encode().replace(b'"moved"', b'"other"'), "missing_field"),
        (ABOUT.encode().replace(b'"value"', b'"value_base64"'), "wrong_type"),
    ],
)
def test_what_is_no_letter_is_refused(value: bytes | None, reason: str) -> None:
    with pytest.raises(InvalidMessage) as refused:
        DeadLetter.decode(value)
    assert refused.value.reason == reason


def test_base64_is_what_it_was() -> None:
    written = replace(ABOUT, value=b"\xff").encode()
    assert base64.b64encode(b"\xff") in written
    assert getattr(DeadLetter.decode(written), "value", None) == b"\xff"


def test_gaps_are_read_as_they_were_written() -> None:
    for gap in (
        Gap("collector", "coinness", AT, AT + timedelta(minutes=1), "blocked", AT),
        Gap("hdfs-sink", TOPIC, 3, 7, "retention", AT, partition=0),
    ):
        assert Gap.decode(gap.encode()) == gap


def test_a_gap_from_a_time_to_an_offset_is_none() -> None:
    gap = Gap("hdfs-sink", TOPIC, AT, 7, "retention", AT)
    with pytest.raises(InvalidMessage, match="wrong_type"):
        Gap.decode(gap.encode())
