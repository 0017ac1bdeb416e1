"""movers: worked numbers, and the minute of the whole market."""

import pytest

from cointicker.errors import ContractViolation, InvalidMessage
from cointicker.times import from_ms
from insights.records import Insight, MarketState
from insights.stage_whole import WholeStage
from tests.unit.insights.rules.feeds import PREFIX, Tallied, insights
from tests.unit.insights.rules.whole import STATE, at, found, idle, minute, passed, stage, told

NAMES = [f"M{number:02}" for number in range(20)]


def hours(changes: dict[str, float], length: int = 70, since: int = 0) -> list[MarketState]:
    """Markets at 100 that move at minute 60 by these shares; half of them in each partition."""
    records: list[MarketState] = []
    for each in range(since, length):
        for number, name in enumerate(NAMES):
            price = 100 * (1 + changes.get(name, 0.0)) if each >= 60 else 100.0
            records.append(minute(each, name, price, number % 2))
        records += [passed(each + 1, 0), passed(each + 1, 1)]
    return records


def movers(records: list[MarketState]) -> list[Insight]:
    return [each for each in found(records) if each.kind == "movers"]


def test_the_hour_s_movers_have_their_numbers() -> None:
    (insight,) = movers(hours({"M03": 0.06, "M04": 0.02, "M05": -0.03, "M06": 0.005}, 65))
    assert insight.window.start == from_ms(at(5))
    assert insight.window.end == from_ms(at(65))
    assert [each["symbol"] for each in insight.evidence["gainers"]] == ["M03", "M04"]
    assert [each["symbol"] for each in insight.evidence["losers"]] == ["M05"]
    assert insight.evidence["gainers"][0]["change"] == pytest.approx(0.06)
    assert insight.evidence["markets"] == 20
    assert (insight.evidence["rising"], insight.evidence["falling"]) == (3, 1)
    assert insight.value == pytest.approx(0.06)
    assert (insight.severity, insight.direction, insight.market) == ("medium", "up", "all")
    assert insight.summary.en == (
        "M03 gained most in an hour, +6.00%; M05 lost most in an hour, -3.00%"
    )
    assert insight.summary.ko == "1시간 상승률 1위 M03 +6.00%, 1시간 하락률 1위 M05 -3.00%"


def test_a_flat_market_has_no_movers() -> None:
    assert movers(hours({}, 120)) == []
    assert movers(hours({"M03": 0.009}, 120)) == []


def test_less_than_an_hour_or_than_ten_markets_is_too_little() -> None:
    assert movers(hours({"M03": 0.5}, 64)) == []
    few = [each for each in hours({"M03": 0.5}, 120) if getattr(each, "symbol", "M0") < "M09"]
    assert movers(few) == []


def test_a_minute_is_over_when_every_partition_has_passed_it() -> None:
    records = hours({"M03": 0.06}, 65)
    assert movers(records[:-1]) == []
    assert len(movers(records)) == 1


def test_an_idle_partition_is_waited_for_only_two_minutes() -> None:
    both = hours({"M04": 0.06}, 64)
    alone = [each for each in hours({"M04": 0.06}, 68, since=64) if each.partition == 0]  # type: ignore[union-attr]
    assert movers([*both, *alone]) == []
    assert movers([*both, idle(1), *alone[:20]]) == []
    (insight,) = movers([*both, idle(1), *alone])
    assert insight.evidence["markets"] == 20
    assert movers([*both, idle(1), minute(64, "M05", 100, 1), *alone]) == []


def test_a_minute_after_its_mark_is_counted() -> None:
    tally = Tallied()
    work = stage(2, tally)
    work.take(told([*hours({}, 70), minute(61, "M01", 100.0, 1)]))
    assert tally.counts["ignored", "late_minute", ""] == 1


def test_partitions_two_hours_apart_skip_marks_rather_than_rank_a_part() -> None:
    tally = Tallied()
    work = stage(2, tally)
    both = hours({"M03": 0.06}, 60)
    far = [each for each in hours({"M03": 0.06}, 300, since=60) if each.partition == 0]  # type: ignore[union-attr]
    rest = [each for each in hours({"M03": 0.06}, 300, since=60) if each.partition == 1]  # type: ignore[union-attr]
    outputs = work.take(told([*both, *far, *rest]))
    assert tally.counts["ignored", "skipped_mark", ""] == 23
    assert {each.evidence["markets"] for each in insights(outputs)} <= {20}


def test_a_partition_that_is_not_configured_stops_the_stage() -> None:
    with pytest.raises(ContractViolation):
        stage(2).take(told([passed(1, 2)]))
    with pytest.raises(ContractViolation):
        WholeStage(PREFIX, STATE, stage(6).snapshot(), 2, Tallied())
    with pytest.raises(InvalidMessage):
        WholeStage(PREFIX, STATE, b"nonsense", 2, Tallied())
