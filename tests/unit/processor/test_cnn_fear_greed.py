"""What the two indexes of fear and greed become."""

from typing import Any

import pytest

from tests.unit.processor.raw import GRAPH, daily, graph, only, reason, taken


def current(**changed: Any) -> dict[str, Any]:
    return {"fear_and_greed": {**GRAPH["fear_and_greed"], **changed}}


def test_cnns_graph_becomes_its_index() -> None:
    assert only("cnn_fear_greed", graph()) == {
        "schema": 1,
        "id": "cnn:2026-08-11T00:00:00Z",
        "revision": 0,
        "index": "cnn",
        "score": 64.3714285714286,
        "rating": "greed",
        "components": {"market_volatility": 50.0},
        "event_at": "2026-08-11T00:00:00Z",
        "origin": {"topic": "cointicker.raw.cnn_fear_greed", "partition": 0, "offset": 0},
    }


def test_alternative_mes_value_becomes_its_index() -> None:
    found = only("cnn_fear_greed", daily())
    assert (found["index"], found["score"], found["rating"]) == ("alternative_me", 47.0, "neutral")
    assert found["event_at"] == "2026-04-27T00:00:00Z"
    assert found["components"] == {}


def test_the_key_is_the_index() -> None:
    assert [each.key for each in taken("cnn_fear_greed", daily(), graph())] == [
        b"alternative_me",
        b"cnn",
    ]


def test_seven_components_count_and_not_the_means_of_two() -> None:
    scores = {"market_momentum_sp500": {"score": 76.8}, "market_momentum_sp125": {"score": 1}}
    found = only("cnn_fear_greed", graph(**scores, safe_haven_demand={"score": None}))
    assert found["components"] == {"market_momentum": 76.8, "market_volatility": 50.0}


@pytest.mark.parametrize(
    ("text", "rating"),
    [("Extreme Fear", "extreme fear"), (" GREED ", "greed"), ("extreme_greed", "extreme greed")],
)
def test_a_rating_is_one_of_five(text: str, rating: str) -> None:
    assert only("cnn_fear_greed", daily(value_classification=text))["rating"] == rating
    assert only("cnn_fear_greed", graph(**current(rating=text)))["rating"] == rating


@pytest.mark.parametrize(
    ("value", "because", "detail"),
    [
        (graph(**current(score=100.1)), "out_of_range", "score"),
        (graph(**current(score=-0.1)), "out_of_range", "score"),
        (graph(**current(rating="calm")), "unknown_rating", "'calm'"),
        (graph(**current(timestamp="now")), "wrong_type", "payload.fear_and_greed.timestamp"),
        (graph(safe_haven_demand={"score": 101}), "out_of_range", "safe_haven_demand"),
        (graph(fear_and_greed=None), "missing_field", "neither"),
        (daily(value="101"), "out_of_range", "value"),
        (daily(value=47), "wrong_type", "value"),
        (daily(timestamp="1777248000000"), "out_of_range", "timestamp"),
        (daily(timestamp="1"), "out_of_range", "payload.timestamp"),
        (daily(value=None), "missing_field", "neither"),
    ],
)
def test_an_index_that_is_not_as_documented_is_refused(
    value: bytes, because: str, detail: str
) -> None:
    found, said = reason("cnn_fear_greed", value)
    assert found == because
    assert detail in said
