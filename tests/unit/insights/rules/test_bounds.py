"""The state stays small: with 10,000 markets, and however long it goes on."""

import msgspec

from insights.bars import MINUTE_MS
from insights.book import DAY_MS, Book
from insights.movers import Movers
from insights.stage_market import MarketStage
from tests.unit.insights.rules.feeds import (
    HOUR_MS,
    MARKET,
    PREFIX,
    SECOND_MS,
    START_MS,
    Tallied,
    given,
    market,
    run,
)
from tests.unit.insights.rules.whole import minute, passed, stage, told

MARKETS = 10_000
# What a snapshot may take, compressed; these are not even compressed.
MOST_BYTES = 8 * 1024 * 1024


def busy(work: MarketStage, first_second: int, last_second: int) -> int:
    """The size of the state after a tick in each second."""
    ticks = [
        market(
            START_MS + second * SECOND_MS,
            100.123456 + second % 97 / 1.7,
            turnover_day=second * 1234.567,
            volume_day=second / 7,
        )
        for second in range(first_second, last_second)
    ]
    run(work, given(ticks))
    return len(work.snapshot())


def test_a_market_of_many_ticks_takes_the_same_space_for_ever() -> None:
    work = MarketStage(PREFIX, MARKET, None, Tallied())
    after_an_hour = busy(work, 0, 3700)
    after_two = busy(work, 3700, 7300)
    assert after_two <= after_an_hour + 8
    assert after_two * MARKETS < MOST_BYTES


def test_ten_thousand_markets_are_kept_and_counted() -> None:
    tally = Tallied()
    work = MarketStage(PREFIX, MARKET, None, tally)
    for number in range(2):
        at_ms = START_MS + number * MINUTE_MS
        run(work, given([market(at_ms, 1.5, market=f"KRW-M{each}") for each in range(MARKETS)]))
    assert [each.held for each in tally.stages.values()] == [MARKETS]
    assert len(work.snapshot()) < MOST_BYTES / 2


def test_the_prices_of_stage_two_fit_for_ten_thousand_markets() -> None:
    movers = Movers()
    for number in range(6 * 60):
        movers.add("KRW-TOKEN", "TOKEN", START_MS + number * MINUTE_MS, 100.1 + number / 7)
    size = len(msgspec.msgpack.encode(movers))
    movers.add("KRW-TOKEN", "TOKEN", START_MS + 999 * MINUTE_MS, 7.7)
    assert len(msgspec.msgpack.encode(movers)) == size
    assert size * MARKETS < MOST_BYTES


def test_a_market_that_has_not_traded_for_a_week_is_forgotten() -> None:
    work = MarketStage(PREFIX, MARKET, None, Tallied())
    run(work, given([market(START_MS, 1.5, market=f"KRW-M{each}") for each in range(20)]))
    for day in range(8):
        run(work, given([market(START_MS + day * DAY_MS, 100.0)]))
        assert work.held == 21
    run(work, given([market(START_MS + 7 * DAY_MS + HOUR_MS, 100.0)]))
    assert work.held == 1
    run(work, given([market(START_MS + 7 * DAY_MS + HOUR_MS + 1, 1.5, market="KRW-M3")]))
    assert work.held == 2


def test_what_is_forgotten_does_not_depend_on_a_restart() -> None:
    days = [0, 0.5, 3, 6.9, 7.01, 7.02, 7.1, 9]
    ticks = given(
        market(START_MS + round(day * DAY_MS), 1.5, market=f"KRW-M{number % 3}")
        for number, day in enumerate(days)
    )
    whole = MarketStage(PREFIX, MARKET, None, Tallied())
    expected = run(whole, ticks)
    for cut in range(len(ticks)):
        first = MarketStage(PREFIX, MARKET, None, Tallied())
        given_first = run(first, ticks[:cut])
        second = MarketStage(PREFIX, MARKET, first.snapshot(), Tallied())
        assert [*given_first, *run(second, ticks[cut:])] == expected
        assert second.snapshot() == whole.snapshot()


def test_stage_two_forgets_them_too_with_their_symbols() -> None:
    work = stage(1)
    work.take(told([minute(0, f"M{number}", 1.0) for number in range(20)]))
    week = 7 * 24 * 60
    work.take(told([minute(week, "BTC", 1.0), passed(week)]))
    assert work.held == 21
    work.take(told([passed(week + 10)]))
    assert work.held == 1
    fresh = stage(1)
    fresh.take(told([minute(week, "BTC", 1.0), passed(week + 10)]))
    assert work.snapshot() == fresh.snapshot()


def test_a_restored_book_is_the_same_to_the_last_bit() -> None:
    book = Book("BTC", START_MS)
    for each in range(100):
        book.spread.add((-1) ** each * 0.1 / 3)
        book.level.add(1 / (each + 3))
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(book), type=Book)
    assert again == book
    assert again.spread.variance.hex() == book.spread.variance.hex()
