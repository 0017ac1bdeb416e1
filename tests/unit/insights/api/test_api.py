from collections.abc import AsyncIterator
from datetime import datetime

import msgspec
import pytest
from prometheus_client import REGISTRY

from insights.view import View
from tests.unit.insights.api.examples import NOW, Served, candle, insight, put, put_candle, served


@pytest.fixture
async def api() -> AsyncIterator[Served]:
    async with served().open() as serving:
        put(
            serving.view,
            insight("new", ago_seconds=5),
            insight("low", severity="low", ago_seconds=30, market="KRW-ETH"),
            insight("top", kind="movers", market="all", ago_seconds=90),
            insight("old", ago_seconds=4_000),
        )
        for minute in (5, 3, 2):
            put_candle(serving.view, candle(minute, close=float(minute)))
        yield serving


async def ids(api: Served, query: str) -> list[str]:
    answer = await api.ask(f"/api/insights{query}")
    assert answer.status == 200, answer.body
    return [each["id"] for each in answer.json["insights"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["new", "low", "top", "old"]),
        ("?kind=movers", ["top"]),
        ("?kind=movers,price_move&severity=high", ["new", "top", "old"]),
        ("?market=KRW-ETH", ["low"]),
        ("?market=all", ["top"]),
        ("?symbol=BTC&since=1h", ["new", "old"][:1]),
        ("?severity=low", ["low"]),
        ("?severity=critical", []),
        ("?since=60s", ["new", "low"]),
        ("?since=2026-03-11T14:39:00Z", ["new", "low"]),
        ("?since=2026-03-11T23:39:00%2B09:00", ["new", "low"]),
        ("?since=2026-03-11T23:39:00+09:00", ["new", "low"]),
        ("?limit=2", ["new", "low"]),
    ],
)
async def test_insights_are_filtered_newest_first(
    api: Served, query: str, expected: list[str]
) -> None:
    assert await ids(api, query) == expected


async def test_whether_there_are_more_is_said(api: Served) -> None:
    assert (await api.ask("/api/insights?limit=3")).json["more"] is True
    assert (await api.ask("/api/insights?limit=4")).json["more"] is False


async def test_an_insight_is_shown_as_it_was_committed(api: Served) -> None:
    shown = (await api.ask("/api/insights?limit=1")).json["insights"][0]
    assert shown == msgspec.to_builtins(insight("new", ago_seconds=5)) | {
        "window": {"start": "2026-03-11T14:34:55Z", "end": "2026-03-11T14:39:55Z"},
        "detected_at": "2026-03-11T14:39:55Z",
    }


async def test_candles_are_oldest_first_and_what_is_missing_is_said(api: Served) -> None:
    answer = (await api.ask("/api/candles/KRW-BTC?interval=1m&limit=10")).json
    assert [each["close"] for each in answer["candles"]] == [5.0, 3.0, 2.0]
    assert answer["candles"][0]["start"] == "2026-03-11T14:35:00Z"
    assert answer["interval_seconds"] == 60
    assert {**answer["missing"], "reason": ""} == {
        "asked": 10,
        "found": 3,
        "missing": 7,
        "reason": "",
    }


async def test_nothing_is_missing_when_all_that_was_asked_for_is_there(api: Served) -> None:
    answer = (await api.ask("/api/candles/KRW-BTC?limit=2")).json
    assert [each["close"] for each in answer["candles"]] == [3.0, 2.0]
    assert answer["missing"] is None


async def test_since_bounds_what_can_be_missing(api: Served) -> None:
    answer = (await api.ask("/api/candles/KRW-BTC?since=4m")).json
    assert (len(answer["candles"]), answer["missing"]["asked"]) == (2, 4)
    answer = (await api.ask("/api/candles/KRW-BTC?since=30s")).json
    assert (answer["candles"], answer["missing"]) == ([], None)


async def test_a_market_with_too_little_history_gets_an_empty_result_that_says_so(
    api: Served,
) -> None:
    answer = (await api.ask("/api/candles/KRW-ETH?interval=1h&limit=24")).json
    assert answer["candles"] == []
    assert (answer["missing"]["asked"], answer["missing"]["missing"]) == (24, 24)


async def test_the_summary_counts_the_last_hour_and_shows_the_newest(api: Served) -> None:
    answer = (await api.ask("/api/summary")).json
    assert (answer["total"], answer["window_seconds"]) == (3, 3_600)
    assert answer["counts"]["price_move"] == {"low": 1, "medium": 0, "high": 1, "critical": 0}
    assert answer["newest"]["price_move"]["id"] == "new"
    assert answer["movers"]["id"] == "top"
    assert (answer["fear_greed"], answer["sentiment"]) == (None, None)
    assert answer["freshness"] == {"newest_at": "2026-03-11T14:39:55Z", "age_seconds": 5.0}


async def test_without_data_nothing_is_invented() -> None:
    async with served().open() as api:
        assert (await api.ask("/api/insights")).json == {"insights": [], "more": False}
        answer = (await api.ask("/api/summary")).json
        assert (answer["total"], answer["movers"], answer["markets"]) == (0, None, 0)
        assert answer["freshness"] == {"newest_at": None, "age_seconds": None}
        assert set(answer["newest"].values()) == {None}


@pytest.mark.parametrize(
    ("path", "parameter", "allowed"),
    [
        ("/api/insights?kind=moon", "kind", "price_move"),
        ("/api/insights?severity=huge", "severity", "critical"),
        ("/api/insights?limit=0", "limit", "1 to 1000"),
        ("/api/insights?limit=1000000", "limit", "1 to 1000"),
        ("/api/insights?limit=ten", "limit", "1 to 1000"),
        ("/api/insights?limit=", "limit", "1 to 1000"),
        ("/api/insights?since=yesterday", "since", "a duration"),
        ("/api/insights?since=2026-03-11T14:39:00", "since", "RFC 3339"),
        ("/api/insights?since=2027-03-11T14:39:00Z", "since", "RFC 3339"),
        ("/api/insights?since=999999d", "since", "a duration"),
        ("/api/insights?symbol=DOGE", "symbol", "BTC"),
        ("/api/insights?market=BTC-KRW", "market", "KRW-BTC"),
        ("/api/insights?market=krw-btc", "market", "KRW-BTC"),
        ("/api/insights?kinds=movers", "kinds", "kind"),
        ("/api/insights?limit=1&limit=2", "limit", "once"),
        ("/api/candles/KRW-DOGE", "market", "KRW-BTC"),
        ("/api/candles/KRW-BTC?interval=2m", "interval", "5m"),
        ("/api/candles/KRW-BTC?limit=99999", "limit", "1 to 1500"),
        ("/api/candles/KRW-BTC?market=KRW-ETH", "market", "interval"),
        ("/api/summary?limit=1", "limit", ""),
        ("/api/stream?kinds=moon", "kinds", "candles"),
        ("/api/stream?market=KRW-DOGE", "market", "KRW-BTC"),
    ],
)
async def test_a_bad_parameter_is_named_with_what_is_allowed(
    api: Served, path: str, parameter: str, allowed: str
) -> None:
    answer = await api.ask(path)
    assert (answer.status, answer.media) == (400, "application/problem+json")
    assert answer.json["type"] == "urn:cointicker:problem:bad-parameter"
    [error] = answer.json["errors"]
    assert error["parameter"] == parameter
    assert allowed in " ".join(error["allowed"])


async def test_every_bad_parameter_is_named_at_once(api: Served) -> None:
    answer = await api.ask("/api/insights?kind=moon&limit=-1&sort=up")
    assert [each["parameter"] for each in answer.json["errors"]] == ["kind", "limit", "sort"]
    assert [each["value"] for each in answer.json["errors"]] == ["moon", "-1", "up"]


async def test_an_unknown_market_is_no_fault_of_the_client_before_the_view_has_caught_up(
    api: Served,
) -> None:
    api.view.has_caught_up = False
    answer = await api.ask("/api/candles/KRW-DOGE")
    assert (answer.status, answer.media) == (503, "application/problem+json")
    assert answer.headers["Retry-After"] == "2"
    assert (await api.ask("/api/candles/KRW-BTC")).status == 200


@pytest.mark.parametrize("path", ["/api/insights", "/api/stream", "/api/openapi.json"])
async def test_other_methods_are_refused_with_those_that_are_allowed(
    api: Served, path: str
) -> None:
    answer = await api.ask(path, "POST")
    assert (answer.status, answer.media) == (405, "application/problem+json")
    assert "GET" in answer.headers["Allow"]


async def test_an_unknown_path_is_a_problem_that_names_the_document(api: Served) -> None:
    answer = await api.ask("/api/insight")
    assert (answer.status, answer.media) == (404, "application/problem+json")
    assert "/api/openapi.json" in answer.json["detail"]


async def test_head_says_what_get_would_without_the_body(api: Served) -> None:
    got, head = await api.ask("/api/insights"), await api.ask("/api/insights", "HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == str(len(got.body))
    assert head.headers["ETag"] == got.headers["ETag"]
    assert (await api.ask("/api/stream", "HEAD")).status == 405


async def test_what_the_client_has_already_is_not_sent_again(api: Served) -> None:
    first = await api.ask("/api/insights")
    assert first.headers["Cache-Control"] == "no-cache"
    same = await api.ask("/api/insights", headers={"If-None-Match": first.headers["ETag"]})
    assert (same.status, same.body) == (304, b"")
    put(api.view, insight("newer", ago_seconds=1))
    other = await api.ask("/api/insights", headers={"If-None-Match": first.headers["ETag"]})
    assert other.status == 200
    assert other.headers["ETag"] != first.headers["ETag"]


async def test_health_and_metrics_are_on_the_same_port(api: Served) -> None:
    assert (await api.ask("/healthz")).status == 200
    assert (await api.ask("/readyz")).status == 503
    api.health.up("kafka")
    assert (await api.ask("/readyz")).status == 200
    assert b"cointicker_insights_http_requests_total" in (await api.ask("/metrics")).body
    assert NOW.tzinfo is not None


async def test_an_answer_that_failed_is_counted(caplog: pytest.LogCaptureFixture) -> None:
    def counted() -> float:
        labels = {"path": "/api/summary", "status": "500"}
        return REGISTRY.get_sample_value("cointicker_insights_http_requests_total", labels) or 0.0

    def broken() -> datetime:
        raise ArithmeticError("no time")

    before = counted()
    answering = served()
    answering.clock = broken
    async with answering.open() as api:
        assert (await api.ask("/api/summary")).status == 500
    assert counted() == before + 1
    assert "no time" in caplog.text


async def test_ten_thousand_markets_are_answered_from(api: Served) -> None:
    view: View = api.view
    for number in range(10_000):
        put_candle(view, candle(1, market=f"KRW-C{number}"))
    answer = await api.ask("/api/candles/KRW-c77")
    [error] = answer.json["errors"]
    assert error["allowed"][0] == "KRW-C77"
    assert len(error["allowed"]) == 10
