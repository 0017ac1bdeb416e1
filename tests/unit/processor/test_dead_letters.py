"""What becomes of records that cannot be used, and when there are too many of them."""

import base64

import orjson
import pytest

from cointicker.errors import ContractViolation
from processor.options import Options
from tests.unit.processor.raw import FETCHED_MS, TRADED_MS, Task, numbered, refused, ticker


def valid(at: int) -> bytes:
    return ticker(traded_ms=TRADED_MS + at)


def test_a_dead_letter_says_where_it_is_from_and_what_is_wrong() -> None:
    value = ticker(trade_price=0)
    work = Task("upbit_trends", number=3).work()
    (output,) = work.take(numbered([value], first=41))
    assert (output.topic, output.partition) == ("cointicker.dead_letter", 0)
    assert (output.key, output.timestamp_ms) == (b"cointicker.raw.upbit_trends", FETCHED_MS)
    assert orjson.loads(output.value) == {
        "schema": 1,
        "service": "processor",
        "reason": "out_of_range",
        "detail": "Expected `float` > 0.0 - at `$.payload.trade_price`",
        "topic": "cointicker.raw.upbit_trends",
        "origin": {
            "topic": "cointicker.raw.upbit_trends",
            "partition": 3,
            "offset": 41,
            "size": len(value),
        },
        "at": "2027-01-15T08:00:00Z",
        "value": value.decode(),
    }


def test_a_dead_letter_has_a_bound_and_stays_text() -> None:
    (letter,) = refused("upbit_trends", ('{"a":"' + "가" * 100_000).encode())
    assert letter["origin"]["size"] == 300_006
    assert letter["value"].startswith('{"a":"가')
    assert 65_000 < len(letter["value"].encode()) <= 65_536
    (binary,) = refused("upbit_trends", b"\xff" * 70_000)
    assert len(base64.b64decode(binary["value_base64"])) == 65_536


@pytest.mark.parametrize("timestamp", [-1, 2**62])
def test_a_time_that_is_none_becomes_one_that_can_be_written(timestamp: int) -> None:
    work = Task("upbit_trends").work()
    (output,) = work.take(numbered([b"{"], timestamp=timestamp))
    assert output.timestamp_ms is not None
    assert 0 <= output.timestamp_ms <= 4_102_444_800_000


def test_a_few_invalid_records_at_the_start_stop_nothing() -> None:
    assert len(refused("upbit_trends", *[b"{"] * 99)) == 99


def test_a_hundred_invalid_records_stop_the_task() -> None:
    with pytest.raises(ContractViolation, match=r"100 of the last 100 records of .*-0 are invalid"):
        refused("upbit_trends", *[b"{"] * 100)


def test_half_of_the_last_thousand_is_not_too_many_and_one_more_is() -> None:
    work = Task("upbit_trends").work()
    values = [each for at in range(1_000) for each in (valid(at), b"{")]
    work.take(numbered(values))
    # The window now holds 500 of each; a second invalid one in a row drives out a valid one.
    with pytest.raises(ContractViolation, match="501 of the last 1000"):
        work.take(numbered([b"{", b"{"]))


def test_old_invalid_records_count_no_more() -> None:
    work = Task("upbit_trends").work()
    work.take(numbered([*[b"{"] * 99, *map(valid, range(1_000))]))
    work.take(numbered([b"{"] * 500))
    with pytest.raises(ContractViolation):
        work.take(numbered([b"{"]))


def test_the_share_that_is_too_many_is_a_setting() -> None:
    options = Options(most_invalid_share=0.1)
    values = [*map(valid, range(100)), *[b"{"] * 11]
    assert len(refused("upbit_trends", *values, options=options)) == 11
    with pytest.raises(ContractViolation, match="12 of the last 112"):
        refused("upbit_trends", *values, b"{", options=options)
