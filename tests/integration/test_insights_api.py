"""insights as its clients see it, on the real stack."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from cointicker.processed import Market, Origin
from insights.records import Candle, Insight, Summary, Window
from local.ports import free_port
from local.stack import Stack
from tests.integration.viewers import Running, part, running_insights

logger = logging.getLogger(__name__)


@pytest.fixture
async def running(stack: Stack) -> AsyncIterator[Running]:
    async with running_insights(stack) as found:
        yield found


def now_ms() -> int:
    return int(time.time() * 1000)


def insight(name: str, market: str = "KRW-BTC") -> Insight:
    at = datetime.now(UTC)
    return Insight(
        id=name,
        kind="price_move",
        market=market,
        symbol=market.partition("-")[2],
        severity="high",
        window=Window(at - timedelta(minutes=5), at),
        value=0.05,
        threshold=0.02,
        direction="up",
        summary=Summary("up", "상승"),
        evidence={},
        detected_at=at,
    )


def candle(minute: int, close: float) -> Candle:
    start = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=minute)
    return Candle(
        market="KRW-BTC",
        symbol="BTC",
        interval="1m",
        start=start,
        open=1,
        high=9,
        low=1,
        close=close,
        volume=1,
        turnover=1,
        ticks=1,
        final=True,
    )


def tick(market: str, number: int, price: float, at: datetime) -> Market:
    return Market(
        id=f"{market}:{number}",
        revision=0,
        venue="upbit",
        market=market,
        symbol=market.partition("-")[2],
        quote="KRW",
        price=price,
        change_rate=0,
        volume_day=float(number),
        turnover_day=number * 100.0,
        volume_24h=1000,
        turnover_24h=100_000,
        event_at=at,
        origin=Origin("t", 0, number),
    )


async def test_what_was_committed_is_shown_on_every_path(running: Running) -> None:
    at = now_ms()
    await running.publish("insights.price_move", [(0, insight("a"), at), (3, insight("b"), at)])
    await running.publish("insights.candles", [(2, candle(2, 5.0), at), (2, candle(1, 6.0), at)])
    shown = await running.until("/api/insights", lambda found: len(found["insights"]) == 2)
    assert [each["id"] for each in shown["insights"]] == ["b", "a"]
    answer = await running.until(
        "/api/candles/KRW-BTC?limit=5", lambda found: len(found.get("candles", [])) == 2
    )
    assert [each["close"] for each in answer["candles"]] == [5.0, 6.0]
    assert answer["missing"]["missing"] == 3
    status, summary = await running.get("/api/summary")
    assert (status, summary["counts"]["price_move"]["high"], summary["markets"]) == (200, 2, 1)
    assert (await running.get("/api/openapi.json"))[1]["openapi"] == "3.1.0"
    assert (await running.get("/api/insights?symbol=NONE"))[0] == 400


async def test_what_was_aborted_is_never_shown(running: Running) -> None:
    producer = running.producer
    await producer.begin_transaction()
    topic = f"{running.prefix}.insights.price_move"
    await producer.send_and_wait(topic, msgspec.json.encode(insight("aborted")), partition=0)
    await producer.abort_transaction()
    await running.publish("insights.price_move", [(0, insight("committed"), now_ms())])
    shown = await running.until("/api/insights", lambda found: found["insights"])
    assert [each["id"] for each in shown["insights"]] == ["committed"]


async def test_a_new_instance_shows_everything_too(running: Running) -> None:
    records = [(n % 6, insight(f"i{n}"), now_ms()) for n in range(30)]
    await running.publish("insights.price_move", records)
    first = await running.until("/api/insights", lambda found: len(found["insights"]) == 30)
    name, port = f"{running.name}-2", free_port()
    stack = running.stack
    await asyncio.to_thread(stack.add, part(stack, running.prefix, name, port))
    await asyncio.to_thread(stack.wait_ready, name)
    assert (await running.get("/api/insights", port))[1] == first
    await asyncio.to_thread(stack.stop, name)


async def test_a_committed_insight_is_on_the_stream_at_once_and_can_be_resumed_from(
    running: Running,
) -> None:
    delays, ids = [], []
    async with running.listen() as client:
        for number in range(40):
            await running.publish(
                "insights.price_move", [(number % 6, insight(f"i{number}"), now_ms())]
            )
            committed = time.time()
            event_id, data, came = await client.next()
            assert data["id"] == f"i{number}"
            ids.append(event_id)
            delays.append(came - committed)
    logger.info("commit to client: p50 %.3f s, worst %.3f s", sorted(delays)[20], max(delays))
    assert sorted(delays)[20] < 0.3
    async with running.listen(last=ids[36]) as client:
        assert [(await client.next())[0] for _ in range(3)] == ids[37:]


async def test_a_stop_ends_the_streams_and_the_process_in_order(running: Running) -> None:
    async with running.listen() as client:
        began = time.monotonic()
        await asyncio.to_thread(running.stack.stop, running.name)
        assert await client.response.content.read() == b""
        assert time.monotonic() - began < 10
    assert "ended with 0" in (running.stack.missing(running.name) or "")


async def test_without_kafka_it_shows_what_it_has_and_says_so(running: Running) -> None:
    await running.publish("insights.price_move", [(0, insight("kept"), now_ms())])
    await running.until("/api/insights", lambda found: found["insights"])
    stack = running.stack
    await asyncio.to_thread(stack.kill, "kafka")
    try:
        await running.until("/readyz", lambda found: found["dependencies"]["view"] != "ok")
        status, shown = await running.get("/api/insights")
        assert (status, [each["id"] for each in shown["insights"]]) == (200, ["kept"])
    finally:
        await asyncio.to_thread(stack.start, "kafka")
        await asyncio.to_thread(stack.wait_ready, "kafka")
    await asyncio.to_thread(stack.wait_ready, running.name)


async def test_a_price_that_moves_is_an_insight_on_the_stream(running: Running) -> None:
    start = datetime.now(UTC) - timedelta(minutes=45)
    markets = [f"KRW-C{number}" for number in range(24)]
    calm = [
        (place % 6, tick(market, n, 100.0 + n % 2 * 0.01, start + timedelta(seconds=10 * n)))
        for n in range(250)
        for place, market in enumerate(markets)
    ]
    delays = []
    async with running.listen("?kinds=price_move") as client:
        await running.publish("processed.market", [(*each, now_ms()) for each in calm])
        for place, market in enumerate(markets):
            fetched = time.time()
            jump = tick(market, 999, 112.0, start + timedelta(seconds=10 * 250))
            await running.publish("processed.market", [(place % 6, jump, int(fetched * 1000))])
            _, data, came = await asyncio.wait_for(client.next(), 60)
            assert (data["kind"], data["market"], data["direction"]) == ("price_move", market, "up")
            delays.append(came - fetched)
    later = sorted(delays[1:])
    logger.info("fetched_at to client: p50 %.3f s, worst %.3f s", later[12], later[-1])
    assert later[12] < 1
