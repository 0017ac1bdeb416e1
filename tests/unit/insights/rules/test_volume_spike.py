"""volume_spike: worked numbers, and what must not be told."""

import pytest

from insights.records import Insight
from insights.stage_market import MarketStage
from tests.unit.insights.rules.feeds import (
    MARKET,
    PREFIX,
    START_MS,
    Tallied,
    given,
    insights,
    market,
    run,
)


def found(amounts: list[float]) -> list[Insight]:
    """What is told of a steady price with these turnovers a minute."""
    work = MarketStage(PREFIX, MARKET, None, Tallied())
    total, records = 0.0, [market(START_MS - 1000, 10.0)]
    for minute, amount in enumerate([*amounts, 1.0, 1.0]):
        total += amount
        at_ms = START_MS + minute * 60_000 + 30_000
        records.append(market(at_ms, 10.0, turnover_day=total, volume_day=total / 10))
    return insights(run(work, given(records)))


def test_fifteen_times_the_usual_has_its_numbers() -> None:
    (insight,) = found([1000.0] * 40 + [15_000.0])
    assert insight.kind == "volume_spike"
    assert insight.value == pytest.approx(15)
    assert (insight.threshold, insight.severity, insight.direction) == (5, "high", "up")
    assert insight.evidence["turnover"] == 15_000
    assert insight.evidence["turnover_usual"] == pytest.approx(1000)
    assert insight.evidence["minutes"] == 40
    assert (insight.window.end - insight.window.start).total_seconds() == 60
    assert insight.summary.en == "BTC traded 15.0 times its usual amount in a minute"
    assert insight.summary.ko == "BTC, 1분 거래대금이 평소의 15.0배로 급증"


def test_four_times_the_usual_is_none() -> None:
    assert found([1000.0] * 40 + [4000.0]) == []


def test_a_nervous_market_needs_more() -> None:
    nervous = [300.0, 3000.0] * 25
    assert found([*nervous, 15_000.0]) == []
    (insight,) = found([*nervous, 1_500_000.0])
    assert insight.threshold > 50


def test_too_little_history_tells_nothing() -> None:
    assert found([1000.0] * 29 + [1e9]) == []


def test_a_burst_is_told_once_and_again_only_after_half_an_hour() -> None:
    burst = [15_000.0] * 3
    assert len(found([1000.0] * 40 + burst)) == 1
    assert len(found([1000.0] * 40 + burst + [1000.0] * 10 + burst)) == 1
    assert len(found([1000.0] * 40 + burst + [1000.0] * 40 + burst)) == 2


def test_a_steady_market_and_minutes_without_turnover_tell_nothing() -> None:
    assert found([1000.0] * 200) == []
    assert found([1000.0, 0.0] * 60) == []
