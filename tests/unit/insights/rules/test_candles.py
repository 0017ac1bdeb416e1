"""Candles by event time: worked numbers, and every way in which input can be disorderly."""

import msgspec
import pytest

from cointicker.kafka.records import Partition
from cointicker.processed import Market
from cointicker.times import from_ms
from cointicker.work import Output
from insights.records import ClosedMinute, Watermark
from insights.stage_market import MarketStage
from tests.unit.insights.rules.feeds import (
    HOUR_MS,
    MARKET,
    MINUTE_MS,
    PREFIX,
    SECOND_MS,
    START_MS,
    Given,
    Tallied,
    candles,
    given,
    market,
    reasons,
    run,
)

MIDNIGHT_MS = 1_772_928_000_000


def stage(partition: Partition = MARKET) -> MarketStage:
    return MarketStage(PREFIX, partition, None, Tallied())


def tick(second: float, price: float, turnover: float = 0.0, **fields: object) -> Market:
    """A tick so many seconds after the start; a unit costs ten."""
    at_ms = START_MS + round(second * SECOND_MS)
    return market(at_ms, price, turnover_day=turnover, volume_day=turnover / 10, **fields)


def told(outputs: list[Output], kind: type[msgspec.Struct]) -> list[msgspec.Struct]:
    kept = [each.value for each in outputs if each.topic.endswith("state.market")]
    tag = kind.__struct_config__.tag
    return [
        msgspec.json.decode(each, type=kind)
        for each in kept
        if msgspec.json.decode(each)["type"] == tag
    ]


def test_a_minute_is_published_once_with_its_numbers() -> None:
    ticks = [
        tick(-10, 100, 1000),
        tick(1, 101, 1100),
        tick(20, 105, 1400),
        tick(40, 99, 1500),
        tick(59, 102, 1600),
        tick(66, 103, 1700),
        tick(67, 104, 1800),
    ]
    (candle,) = candles(run(stage(), given(ticks)))
    assert (candle.open, candle.high, candle.low, candle.close) == (101, 105, 99, 102)
    assert (candle.volume, candle.turnover, candle.ticks) == (60, 600, 4)
    assert (candle.start, candle.market, candle.symbol) == (from_ms(START_MS), "KRW-BTC", "BTC")
    assert candle.final


def test_the_first_tick_has_no_difference_and_its_window_is_no_candle() -> None:
    outputs = run(stage(), given([tick(30, 100, 5000), tick(70, 101, 5100), tick(130, 102, 5200)]))
    (candle,) = candles(outputs)
    assert candle.start == from_ms(START_MS + MINUTE_MS)
    assert candle.turnover == 100
    first = told(outputs, ClosedMinute)[0]
    assert isinstance(first, ClosedMinute)
    assert (first.close, first.turnover) == (100, 0)


def test_the_totals_of_the_day_fall_to_zero_at_midnight() -> None:
    at = MIDNIGHT_MS
    ticks = [
        market(at - 70_000, 10, turnover_day=9000),
        market(at - 30_000, 10, turnover_day=9500),
        market(at + 10_000, 10, turnover_day=40),
        market(at + 50_000, 10, turnover_day=100),
        market(at + 70_000, 10, turnover_day=130),
    ]
    first, second = candles(run(stage(), given(ticks)))
    assert (first.turnover, second.turnover) == (500, 100)


def test_a_minute_without_a_trade_has_no_candle() -> None:
    ticks = [tick(-1, 1), tick(10, 2), tick(130, 3), tick(190, 4)]
    starts = [each.start for each in candles(run(stage(), given(ticks)))]
    assert starts == [from_ms(START_MS), from_ms(START_MS + 2 * MINUTE_MS)]


def test_five_minutes_and_an_hour_are_made_of_their_minutes() -> None:
    ticks = [tick(60 * minute + 30, 100 + minute, 10 * (minute + 2)) for minute in range(-1, 100)]
    outputs = run(stage(), given(ticks))
    five = candles(outputs, "5m")[0]
    assert (five.start, five.ticks, five.turnover) == (from_ms(START_MS), 5, 50)
    assert (five.open, five.high, five.low, five.close) == (100, 104, 100, 104)
    (hour,) = candles(outputs, "1h")
    assert (hour.start, hour.ticks) == (from_ms(START_MS + HOUR_MS // 2), 60)
    assert (hour.open, hour.close, hour.turnover) == (130, 189, 600)


def test_ticks_out_of_order_within_the_grace_find_their_minute() -> None:
    ticks = [tick(-1, 9, 0), tick(10, 10, 10), tick(62, 12, 30), tick(59, 11, 20), tick(66, 13, 40)]
    (candle,) = candles(run(stage(), given(ticks)))
    assert (candle.open, candle.close, candle.ticks) == (10, 11, 2)
    # What was traded up to the earlier tick is in the later one's difference.
    assert candle.turnover == 10


def test_a_tick_after_its_minute_closed_is_late() -> None:
    tally = Tallied()
    work = MarketStage(PREFIX, MARKET, None, tally)
    outputs = run(
        work, given([tick(-1, 9), tick(10, 10), tick(66, 12), tick(50, 99), tick(126, 13)])
    )
    assert [each.high for each in candles(outputs)] == [10, 12]
    assert reasons(outputs) == ["late"]
    assert tally.counts["refused", "late", ""] == 1


def test_a_market_that_does_not_trade_is_closed_by_the_others() -> None:
    quiet = [tick(-1, 5, market="KRW-XRP"), tick(30, 6, market="KRW-XRP")]
    busy = [tick(second, 1) for second in range(31, 240, 10)]
    assert candles(run(stage(), given([*quiet, *busy])))[0].market == "KRW-BTC"
    outputs = run(stage(), given([*quiet, *busy, tick(241, 1)]))
    assert [each.close for each in candles(outputs) if each.market == "KRW-XRP"] == [6]
    marks = [each.passed for each in told(outputs, Watermark) if isinstance(each, Watermark)]
    assert marks[-1] == from_ms(START_MS + MINUTE_MS)


def test_a_market_last_traded_long_ago_stands_and_is_not_late() -> None:
    ticks = [
        tick(0, 1),
        tick(-1500, 5, 100, market="KRW-XRP"),
        tick(30, 6, 150, market="KRW-XRP"),
        tick(70, 7, 170, market="KRW-XRP"),
    ]
    outputs = run(stage(), given(ticks))
    assert reasons(outputs) == []
    (candle,) = candles(outputs)
    assert (candle.market, candle.open, candle.turnover) == ("KRW-XRP", 6, 50)


def test_a_hole_of_more_than_three_minutes_is_spanned_by_nothing() -> None:
    ticks = [
        tick(-1, 9, 0),
        tick(10, 10, 10),
        tick(70, 11, 20),
        tick(460, 20, 5000),
        tick(490, 21, 5100),
        tick(550, 22, 5200),
        tick(610, 22, 5300),
    ]
    found = candles(run(stage(), given(ticks)))
    # The minutes at both edges of the hole were seen in part only.
    assert [each.start for each in found] == [
        from_ms(START_MS),
        from_ms(START_MS + 8 * MINUTE_MS),
        from_ms(START_MS + 9 * MINUTE_MS),
    ]
    assert [each.turnover for each in found] == [10, 100, 100]


def test_a_duplicate_changes_nothing_and_an_edit_takes_its_place() -> None:
    tally = Tallied()
    work = MarketStage(PREFIX, MARKET, None, tally)
    ticks = [tick(-1, 9), tick(10, 10), tick(10, 10), tick(10, 12, revision=1), tick(66, 13)]
    (candle,) = candles(run(work, given(ticks)))
    assert (candle.open, candle.close, candle.ticks) == (10, 12, 2)
    assert tally.counts["ignored", "duplicate", ""] == 1


def test_an_event_after_it_was_fetched_moves_no_time() -> None:
    work = stage()
    assert reasons(run(work, given([tick(7200, 1)], fetched_ms=START_MS))) == ["future"]
    assert reasons(run(work, given([tick(0, 1), tick(30, 2)]))) == []


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "no_value"),
        (b"{", "not_json"),
        (b'{"schema":1,"market":"KRW-BTC"}', "wrong_shape"),
        (msgspec.json.encode(tick(0, 1, schema=2)), "unknown_schema"),
        (msgspec.json.encode(tick(0, 0)), "out_of_range"),
    ],
)
def test_what_is_no_market_record_is_put_aside(value: bytes | None, reason: str) -> None:
    outputs = run(stage(), [Given(7, START_MS, None, value)])
    assert reasons(outputs) == [reason]
    letter = msgspec.json.decode(outputs[0].value)
    size = len(value or b"")
    assert letter["origin"] == {"topic": MARKET.topic, "partition": 3, "offset": 7, "size": size}
    assert outputs[0].timestamp_ms == START_MS


def test_output_goes_to_the_partition_that_was_read_and_has_the_time_of_its_cause() -> None:
    records = given([tick(-1, 1), tick(10, 2), tick(66, 3)])
    outputs = run(stage(), records)
    assert {each.partition for each in outputs if each.topic.endswith("candles")} == {3}
    assert {each.partition for each in outputs if each.topic.endswith("state.market")} == {0}
    assert {each.timestamp_ms for each in outputs} <= {each.timestamp for each in records}


def test_before_its_first_record_idle_has_the_time_of_its_publishing() -> None:
    (mark,) = stage().idle()
    assert mark.timestamp_ms is None


def test_idle_says_so_and_changes_nothing() -> None:
    work = stage()
    run(work, given([tick(0, 1)]))
    before = work.snapshot()
    (mark,) = work.idle()
    assert msgspec.json.decode(mark.value) == {"type": "idle", "schema": 1, "partition": 3}
    assert mark.timestamp_ms == START_MS + 500
    assert work.snapshot() == before
