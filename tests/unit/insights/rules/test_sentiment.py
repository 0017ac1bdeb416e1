"""sentiment_shift: worked numbers, edits, and what must not be told."""

import pytest

from insights.records import Headline, Insight, MarketState
from tests.unit.insights.rules.feeds import Tallied, insights, reasons
from tests.unit.insights.rules.whole import found, headline, minute, stage, told


def series(scores: list[float | None], first: float, every: float, *symbols: str) -> list[Headline]:
    return [headline(first + every * at, score, *symbols) for at, score in enumerate(scores)]


def turned() -> list[MarketState]:
    """Ten good reports in 40 minutes, an hour of silence, eight bad ones in 16 minutes."""
    good = series([0.8] * 10, 0, 4, "SOL")
    bad = series([-0.7] * 8, 100, 2, "SOL")
    return [minute(0, "SOL", 1.0), *good, *bad]


def test_a_turn_from_good_to_bad_has_its_numbers() -> None:
    (insight,) = found(turned())
    assert (insight.kind, insight.market, insight.symbol) == ("sentiment_shift", "KRW-SOL", "SOL")
    assert insight.evidence["mean"] == pytest.approx(-0.7)
    assert insight.evidence["mean_before"] == pytest.approx(0.8)
    assert (insight.evidence["reports"], insight.evidence["reports_before"]) == (8, 10)
    # No scatter within: the least spread of 0.3 stands, 1.5 / (0.3 * sqrt(1/8 + 1/10)).
    assert insight.evidence["sigmas"] == pytest.approx(10.54, abs=0.01)
    assert insight.value == pytest.approx(1.5)
    assert (insight.severity, insight.direction, insight.threshold) == ("critical", "down", 0.5)
    assert insight.evidence["headline"] == "coinness:114"
    assert insight.summary.en == (
        "News on SOL turned worse: mean tone -0.70 in 8 reports, +0.80 before"
    )
    assert insight.summary.ko == "SOL 뉴스 심리 악화: 최근 8건 평균 -0.70 (이전 +0.80)"


def test_fewer_than_eight_reports_on_a_side_are_too_few() -> None:
    assert found(turned()[:-1]) == []
    assert found(turned()[4:]) == []


def test_a_symbol_that_no_market_trades_has_no_market_to_tell_it_of() -> None:
    assert found(turned()[1:]) == []


def test_the_market_as_a_whole_has_its_own_with_twenty_reports() -> None:
    coins = [f"C{number}" for number in range(20)]
    good = [headline(number, 0.9, coin) for number, coin in enumerate(coins)]
    bad = [headline(60 + number, -0.9, coin) for number, coin in enumerate(coins)]
    (insight,) = found([*good, *bad])
    assert (insight.market, insight.symbol) == ("all", None)
    assert insight.summary.ko.startswith("가상자산 뉴스 심리 악화")


def test_texts_without_a_known_word_count_for_nothing() -> None:
    silent: list[float | None] = [None] * 30
    assert found([*turned()[:-1], *series(silent, 115, 0.1, "SOL")]) == []


def test_one_tone_all_along_tells_nothing() -> None:
    assert found([minute(0, "SOL", 1.0), *series([-0.9] * 100, 0, 2, "SOL")]) == []


def test_an_edit_takes_the_place_of_the_text_and_a_repetition_of_nothing() -> None:
    tally = Tallied()
    work = stage(2, tally)
    records = turned()
    work.take(told(records[:-1]))
    last = records[-2]
    assert isinstance(last, Headline)
    for revision in range(1, 4):
        again = headline(112, -0.7, "SOL", name=last.id, revision=revision)
        assert insights(work.take(told([again, again]))) == []
    assert tally.counts["ignored", "no_change", ""] == 6
    mended = [headline(100 + 2 * at, 0.8, "SOL", revision=9) for at in range(7)]
    assert insights(work.take(told([*mended, records[-1]]))) == []


def test_news_older_than_what_is_compared_is_late() -> None:
    outputs = stage().take(told([headline(300, 1.0), headline(80, 1.0), headline(100, 1.0)]))
    assert reasons(outputs) == ["late"]


def test_what_was_recent_becomes_usual_and_is_forgotten_after_three_and_a_half_hours() -> None:
    work = stage()
    work.take(told([minute(0, "SOL", 1.0), *series([0.8] * 10, 0, 1, "SOL")]))
    full = len(work.snapshot())
    work.take(told([headline(400, 0.1, "BTC")]))
    assert len(work.snapshot()) < full


def test_the_state_of_a_flood_of_news_is_bounded() -> None:
    flood: list[MarketState] = [
        headline(at / 1000, 1.0, "SOL", name=f"n:{at}") for at in range(20_500)
    ]
    work = stage(2)
    work.take(told(flood))
    assert work.held == 20_000


def test_insights_of_one_stream_have_ids_of_their_own() -> None:
    mixed: list[MarketState] = [minute(0, "SOL", 1.0), *series([1.0] * 20, 0, 2, "SOL")]
    bad = series([-1.0] * 30, 41, 1, "SOL")
    insights_found: list[Insight] = found([*mixed, *bad])
    assert len(insights_found) >= 2
    assert len({each.id for each in insights_found}) == len(insights_found)
