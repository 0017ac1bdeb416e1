"""price_move: worked numbers, and what must not be told."""

from math import exp, log

import pytest

from insights.price_move import LADDER
from insights.stage_market import MarketStage
from tests.unit.insights.rules.feeds import (
    MARKET,
    MINUTE_MS,
    PREFIX,
    START_MS,
    Tallied,
    given,
    insights,
    market,
    run,
)

# Returns of +0.2 % and -0.2 % in turn: one sigma is 0.002.
STEP = 0.002


def history(minutes: int, step: float = STEP) -> list[tuple[int, float]]:
    """A tick at the beginning of each minute."""
    return [(minute * 60, 100 * exp(step * (minute % 2))) for minute in range(minutes)]


def found(ticks: list[tuple[int, float]]):  # type: ignore[no-untyped-def]
    work = MarketStage(PREFIX, MARKET, None, Tallied())
    records = [market(START_MS + second * 1000, price) for second, price in ticks]
    return insights(run(work, given(records)))


def test_a_move_of_ten_sigma_has_its_numbers() -> None:
    last = history(41)[-1]
    jump = last[1] * exp(10 * STEP)
    (insight,) = found([*history(41), (last[0] + 60, jump)])
    assert insight.kind == "price_move"
    assert insight.value == pytest.approx(10, abs=0.01)
    assert (insight.severity, insight.direction, insight.threshold) == ("medium", "up", 6)
    assert insight.evidence["change"] == pytest.approx(exp(0.02) - 1)
    assert insight.evidence["sigma_1m"] == pytest.approx(0.002)
    assert insight.evidence["price_before"] == 100
    assert insight.window.end.timestamp() * 1000 == START_MS + 41 * MINUTE_MS
    assert (insight.detected_at - insight.window.end).total_seconds() == 0.5
    assert insight.summary.en == "BTC rose 2.02% in 60 seconds, 10.0 times its usual swing"
    assert insight.summary.ko == "BTC, 60초 만에 2.02% 급등… 평소 변동폭의 10.0배"


def test_the_same_input_gives_the_same_id() -> None:
    ticks = [*history(41), (41 * 60, 80.0)]
    assert found(ticks)[0].id == found(ticks)[0].id
    assert found(ticks)[0].direction == "down"


def test_it_is_told_on_the_tick_itself_and_grows_with_the_move() -> None:
    after = [(40 * 60 + second, 100 * exp(0.0006 * second)) for second in range(1, 61)]
    told = found([*history(41), *after])
    assert [each.severity for each in told] == ["low", "medium", "high"]
    assert len({each.id for each in told}) == 3
    assert told[0].value >= LADDER.low


@pytest.mark.parametrize("minutes", [1, 15, 29])
def test_too_little_history_tells_nothing(minutes: int) -> None:
    assert found([*history(minutes), (minutes * 60, 200.0)]) == []


def test_a_flat_market_tells_nothing() -> None:
    flat = [(minute * 60, 100.0) for minute in range(120)]
    assert found(flat) == []


def test_a_nearly_flat_market_that_moves_by_a_tick_tells_nothing() -> None:
    ticks = [(minute * 60, 100.0 + 0.1 * (minute % 40 == 0)) for minute in range(200)]
    assert found(ticks) == []
    assert log(100.5 / 100) < LADDER.low * 0.001
    assert found([*ticks, (200 * 60, 100.5)]) == []


def test_a_slow_slide_is_no_move() -> None:
    assert found([(minute * 60, 100 * exp(-0.001 * minute)) for minute in range(200)]) == []


def test_a_price_of_long_ago_is_no_price_of_a_minute_ago() -> None:
    last = history(41)[-1][0]
    assert found([*history(41), (last + 900, 200.0)]) == []


def test_a_move_across_a_hole_of_less_than_five_minutes_is_measured_over_its_time() -> None:
    last = history(41)[-1]
    (insight,) = found([*history(41), (last[0] + 240, 100 * exp(0.04))])
    # Four minutes are worth two sigmas of one: 0.04 / (0.002 * 2).
    assert insight.value == pytest.approx(10, abs=0.01)
    assert insight.evidence["seconds"] == 240
