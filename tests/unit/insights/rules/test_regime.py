"""fear_greed_regime: worked numbers, hysteresis and cool-down."""

import pytest

from insights.records import IndexValue
from insights.regime import RATINGS, rating_of
from tests.unit.insights.rules.feeds import reasons
from tests.unit.insights.rules.whole import found, index, stage, told


def values(*scores: float) -> list[IndexValue]:
    return [index(day, score) for day, score in enumerate(scores)]


def changes(*scores: float) -> list[tuple[str, str]]:
    told_of = found([*values(*scores)])
    return [(each.evidence["rating_before"], each.evidence["rating"]) for each in told_of]


@pytest.mark.parametrize(
    ("score", "rating"),
    [
        (0, "extreme fear"), (24.9, "extreme fear"), (25, "fear"), (44.9, "fear"),
        (45, "neutral"), (55, "neutral"), (55.1, "greed"), (75, "greed"), (75.1, "extreme greed"),
    ],
)  # fmt: skip
def test_ratings_begin_where_cnn_s_begin(score: float, rating: str) -> None:
    assert RATINGS[rating_of(score)] == rating


def test_a_crossing_by_the_margin_has_its_numbers() -> None:
    (insight,) = found([*values(40.0, 47.5)])
    assert (insight.kind, insight.market, insight.severity) == ("fear_greed_regime", "all", "low")
    assert (insight.value, insight.threshold, insight.direction) == (47.5, 45.0, "up")
    assert (insight.window.end - insight.window.start).days == 1
    assert insight.evidence == {
        "index": "cnn", "score": 47.5, "rating": "neutral", "rating_before": "fear",
    }  # fmt: skip
    assert insight.summary.en == "CNN's Fear & Greed index went from fear to neutral, at 47.5"
    assert insight.summary.ko == "CNN 공포·탐욕 지수, 공포에서 중립 단계로 전환 (47.5)"


def test_a_touch_of_the_border_must_hold_for_a_second_value() -> None:
    assert changes(40, 45.5) == []
    assert changes(40, 45.5, 44.5, 45.5, 44.5) == []
    assert changes(40, 45.5, 46.0) == [("fear", "neutral")]


def test_an_edit_of_a_value_is_no_second_value() -> None:
    edited = index(1, 45.6, revision=1)
    assert found([index(0, 40), index(1, 45.5), edited, edited]) == []


def test_the_first_value_tells_nothing() -> None:
    assert changes(80) == []
    assert changes(80, 80, 79, 78) == []


def test_leaps_are_graver_than_steps() -> None:
    scores = [(40.0, 50.0), (40.0, 60.0), (40.0, 90.0), (10.0, 90.0), (40.0, 10.0)]
    severities = [found([*values(*pair)])[0].severity for pair in scores]
    assert severities == ["low", "medium", "critical", "critical", "medium"]


def test_the_same_change_is_told_once_an_hour() -> None:
    there_and_back = [index(minute / 1440, score) for minute, score in (
        (0, 40), (10, 50), (20, 40), (30, 50), (40, 40), (75, 50),
    )]  # fmt: skip
    assert len(found([*there_and_back])) == 3


def test_an_older_value_is_late_and_each_index_stands_for_itself() -> None:
    outputs = stage().take(told([index(2, 40), index(1, 90), index(1, 90, "alternative_me")]))
    assert reasons(outputs) == ["late"]
