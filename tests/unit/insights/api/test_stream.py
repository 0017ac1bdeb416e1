from collections.abc import AsyncIterator

import pytest

from insights.api import StreamTimes
from insights.records import Insight
from insights.stream import Broadcast, Event
from insights.view import Filter
from tests.unit.insights.api.examples import (
    ENCODE,
    Served,
    candle,
    insight,
    put,
    put_candle,
    served,
    until,
)


def known(**settings: int) -> Served:
    """An API that has seen two markets."""
    serving = served(**settings)
    put_candle(serving.view, candle(5))
    put_candle(serving.view, candle(5, market="KRW-ETH"))
    return serving


@pytest.fixture
async def api() -> AsyncIterator[Served]:
    async with known().open() as serving:
        yield serving


def happen(api: Served, *insights: Insight) -> None:
    """As if these had just been read."""
    for each in insights:
        entry = api.view.put(each, ENCODE(each))
        assert entry is not None
        api.broadcast.publish(api.broadcast.of_insight(entry))


async def test_an_insight_is_an_event_with_its_id(api: Served) -> None:
    listener = await api.listen("/api/stream")
    happen(api, insight("a"))
    event = await listener.next()
    assert (event["id"], event["event"], event["data"]["id"]) == ("a~e1", "insight", "a")
    listener.close()


async def test_it_is_no_place_for_caches(api: Served) -> None:
    listener = await api.listen("/api/stream")
    headers = listener.response.headers
    assert headers["Content-Type"] == "text/event-stream"
    assert headers["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Origin" not in headers
    listener.close()


async def test_each_client_gets_what_it_asked_for(api: Served) -> None:
    moves = await api.listen("/api/stream?kinds=price_move,candles&market=KRW-ETH")
    severe = await api.listen("/api/stream?severity=critical")
    price = candle(1, market="KRW-ETH")
    api.broadcast.publish(api.broadcast.of_candle(candle(1), ENCODE(candle(1))))
    api.broadcast.publish(api.broadcast.of_candle(price, ENCODE(price)))
    happen(
        api,
        insight("a"),
        insight("b", market="KRW-ETH", kind="volume_spike"),
        insight("c", market="KRW-ETH"),
        insight("d", severity="critical"),
    )
    event = await moves.next()
    assert (event["event"], event["data"]["market"], "id" in event) == ("candle", "KRW-ETH", False)
    assert await moves.ids(1) == ["c"]
    assert await severe.ids(1) == ["d"]
    moves.close()
    severe.close()


async def test_a_client_that_comes_back_gets_exactly_what_it_missed(api: Served) -> None:
    put(api.view, insight("seen", ago_seconds=50))
    happen(
        api,
        insight("late", ago_seconds=90),  # of an earlier time, and yet after `seen`
        insight("new", ago_seconds=10),
        insight("other", ago_seconds=9, kind="movers"),
    )
    happen(api, insight("newer", ago_seconds=5))
    listener = await api.listen("/api/stream?kinds=price_move", last="late~e1")
    happen(api, insight("live", ago_seconds=1))
    assert await listener.ids(3) == ["new", "newer", "live"]
    listener.close()


async def test_after_a_restart_the_last_seconds_come_again_and_nothing_is_left_out(
    api: Served,
) -> None:
    api.view.has_caught_up = False
    put(
        api.view,
        insight("before", ago_seconds=61),
        insight("overlap", ago_seconds=59),
        insight("seen", ago_seconds=50),
        insight("missed", ago_seconds=20),
    )
    for last in ("seen~e0", "seen"):
        listener = await api.listen("/api/stream", last=last)
        assert await listener.ids(2) == ["overlap", "missed"]
        listener.close()


async def test_what_is_not_kept_any_more_is_said_and_not_passed_over(api: Served) -> None:
    listener = await api.listen("/api/stream", last="gone~e0")
    happen(api, insight("live"))
    assert (await listener.next())["event"] == "gap"
    assert await listener.ids(1) == ["live"]
    listener.close()


async def test_a_silent_stream_sends_heartbeats() -> None:
    quiet = served()
    quiet.times = StreamTimes(heartbeat_seconds=0.01, write_seconds=10)
    async with quiet.open() as api:
        listener = await api.listen("/api/stream")
        assert [await listener.next() for _ in range(2)] == [{"": "heartbeat"}] * 2
        listener.close()


async def test_a_slow_client_is_told_and_dropped_and_holds_nobody_up() -> None:
    async with known(most_waiting=3).open() as api:
        fast = await api.listen("/api/stream?market=KRW-ETH")
        slow = await api.listen("/api/stream?market=KRW-BTC")
        happen(api, *(insight(f"i{n}") for n in range(4)), insight("eth", market="KRW-ETH"))
        assert await fast.ids(1) == ["eth"]
        assert await slow.rest() == b'event: dropped\ndata: {"reason":"too_slow"}\n\n'
        assert len(api.broadcast) == 1
        fast.close()


async def test_a_client_that_takes_nothing_at_all_is_cut_off() -> None:
    impatient = served(most_waiting=100_000)
    impatient.times = StreamTimes(heartbeat_seconds=15, write_seconds=0.05)
    async with impatient.open() as api:
        stuck = await api.listen("/api/stream")
        frame = b"event: insight\ndata: " + b"x" * 1_000_000 + b"\n\n"
        for _ in range(40):
            api.broadcast.publish(Event("price_move", "KRW-BTC", "BTC", "low", frame))
        await until(lambda: len(api.broadcast) == 0)
        stuck.close()


async def test_there_are_only_so_many_clients() -> None:
    async with served(most_clients=1).open() as api:
        first = await api.listen("/api/stream")
        answer = await api.ask("/api/stream")
        assert (answer.status, answer.media) == (503, "application/problem+json")
        assert answer.headers["Retry-After"] == "30"
        first.close()


async def test_a_stop_ends_every_stream_in_order(api: Served) -> None:
    listener = await api.listen("/api/stream")
    happen(api, insight("last"))
    api.broadcast.close()
    assert await listener.ids(1) == ["last"]
    assert await listener.rest() == b""
    late = await api.listen("/api/stream")
    assert await late.rest() == b""


async def test_json_over_several_lines_is_one_line_of_an_event() -> None:
    broadcast = Broadcast(epoch="e1", most_clients=1, most_waiting=10)
    with broadcast.subscribe(Filter()) as subscription:
        broadcast.publish(broadcast.of_candle(candle(1), b'{\n"a":\r\n1}'))
        assert await subscription.next(1) == b'event: candle\ndata: { "a":  1}\n\n'
