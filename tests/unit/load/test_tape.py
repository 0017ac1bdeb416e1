"""The records of straight production are what the processor takes for tickers."""

import orjson

from processor.sources.upbit_trends import decode
from tests.load.tape import PARTITIONS, Tape, partition_of

NOON_MS = 1_773_230_400_000


def test_a_poll_is_a_valid_record_of_each_market() -> None:
    entries = list(Tape(40, 0).poll(NOON_MS))
    assert len({each.key for each in entries}) == 40
    for each in entries:
        record = decode(each.value)
        assert record.source == "upbit_trends"
        assert record.id == f"{each.key.decode()}:{NOON_MS}"
        assert record.payload.market == each.key.decode()
        assert each.partition == partition_of(each.key) < PARTITIONS
        assert each.timestamp_ms > NOON_MS


def test_no_two_records_of_a_tape_are_the_same_fact_or_version() -> None:
    tape = Tape(40, 0)
    heads = [
        orjson.loads(each.value) for moment in range(50) for each in tape.poll(NOON_MS + moment)
    ]
    assert len({each["id"] for each in heads}) == len(heads)
    assert len({each["content_hash"] for each in heads}) == len(heads)


def test_the_days_totals_grow_and_begin_anew_with_the_day() -> None:
    tape = Tape(20, 0)

    def volume(moment_ms: int) -> float:
        return decode(next(tape.poll(moment_ms)).value).payload.acc_trade_volume

    midnight = NOON_MS + 12 * 3_600_000
    assert 0 < volume(NOON_MS) < volume(NOON_MS + 1000) < volume(midnight - 1)
    assert volume(midnight) == 0


def test_records_are_as_long_as_they_are_asked_to_be() -> None:
    lengths = [len(each.value) for each in Tape(40, 3000).poll(NOON_MS)]
    assert all(abs(length - 3000) < 60 for length in lengths)


def test_a_backlog_is_even_polls_that_end_now() -> None:
    polls = list(Tape(20, 0).backlog(90, NOON_MS, 1000))
    assert [len(poll) for poll in polls] == [20] * 5
    assert [decode(poll[0].value).payload.trade_timestamp for poll in polls] == [
        NOON_MS - 1000 * back for back in (4, 3, 2, 1, 0)
    ]
