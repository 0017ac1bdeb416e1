"""The proof of the demo can fail, in each of the ways in which it should."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from cointicker.kafka.records import Partition
from local.proof import add_up, judge

RAW = Partition("cointicker.raw.coinness", 0)
SEEN = (datetime(2026, 3, 11, 10, tzinfo=UTC), datetime(2026, 3, 11, 12, tzinfo=UTC))
KINDS = ("price_move", "volume_spike")


@dataclass(frozen=True)
class Given:
    offset: int
    value: bytes | None
    timestamp: int = 0
    key: bytes | None = None
    headers: tuple[tuple[str, bytes | None], ...] = ()


def raw(offset: int, fact: str = "") -> tuple[Partition, Given]:
    value = {"source": "coinness", "id": fact or str(offset), "content_hash": "h"}
    return RAW, Given(offset, orjson.dumps(value))


def made(offset: int) -> Given:
    origin = {"topic": RAW.topic, "partition": 0, "offset": offset}
    return Given(0, orjson.dumps({"origin": origin}))


def test_each_raw_record_is_processed_repeated_or_a_dead_letter() -> None:
    found = add_up([raw(0), raw(1), raw(2, "0"), raw(3)], [made(0), made(3)], [made(1)])
    assert (found.raw, found.processed, found.repeated, found.dead) == (4, 2, 1, 1)
    assert found.problems == []


def test_a_letter_of_the_collector_counts_for_no_raw_record() -> None:
    letter = Given(0, orjson.dumps({"origin": {"source": "coinness"}}))
    assert add_up([raw(0)], [made(0)], [letter]).dead == 0


@pytest.mark.parametrize(
    ("records", "processed", "said"),
    [
        ([raw(0), raw(1)], [made(0)], "neither processed nor a dead letter"),
        ([raw(0)], [made(0), made(0)], "made twice"),
        ([raw(0), raw(1, "0")], [made(0), made(1)], "processed again"),
        ([raw(0)], [made(0), made(7)], "2 origins, 1 of them raw records"),
    ],
)
def test_what_does_not_add_up_is_a_problem(
    records: list[tuple[Partition, Given]], processed: list[Given], said: str
) -> None:
    [problem] = add_up(records, processed, []).problems
    assert said in problem


def event(start: str, end: str, **what: list[str]) -> dict[str, Any]:
    day = "2026-03-11T"
    return {
        "kind": "planted",
        "market": "KRW-FIL",
        "start": f"{day}{start}:00Z",
        "end": f"{day}{end}:00Z",
        "expects": what.get("expects", []),
        "forbids": what.get("forbids", []),
    }


def insight(kind: str, end: str, market: str = "KRW-FIL") -> dict[str, Any]:
    window = {"start": f"2026-03-11T{end}:00Z", "end": f"2026-03-11T{end}:00Z"}
    return {"kind": kind, "market": market, "window": window, "summary": {"en": "it moved"}}


def test_an_event_that_gave_its_insight_is_in_order() -> None:
    [verdict] = judge(
        [event("11:10", "11:20", expects=["price_move", "news_burst"])],
        [insight("price_move", "11:12")],
        SEEN,
        KINDS,
    )
    assert (verdict.came, verdict.problem) == (["it moved"], None)


@pytest.mark.parametrize(
    "came",
    [
        [],
        [insight("price_move", "11:12", market="KRW-BTC")],
        [insight("price_move", "10:50")],
        [insight("volume_spike", "11:12")],
    ],
)
def test_an_event_without_its_insight_is_a_problem(came: list[dict[str, Any]]) -> None:
    [verdict] = judge([event("11:10", "11:20", expects=["price_move"])], came, SEEN, KINDS)
    assert verdict.problem == "no price_move came"


def test_an_insight_of_a_flat_market_is_a_problem() -> None:
    flat = event("10:30", "11:30", forbids=["price_move"])
    [verdict] = judge([flat], [insight("price_move", "11:00")], SEEN, KINDS)
    assert verdict.problem == "price_move came and must not"
    [verdict] = judge([flat], [], SEEN, KINDS)
    assert verdict.problem is None


@pytest.mark.parametrize(
    "untold",
    [
        event("10:30", "10:40", expects=["price_move"]),
        event("11:40", "11:55", expects=["price_move"]),
        event("11:10", "11:20", expects=["divergence"]),
    ],
)
def test_what_cannot_be_told_is_passed_over(untold: dict[str, Any]) -> None:
    assert judge([untold], [], SEEN, KINDS) == []
