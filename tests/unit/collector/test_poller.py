"""One source polled: what is published, remembered, waited for and reported."""

import asyncio
import json
from datetime import timedelta
from itertools import pairwise

import pytest

from collector.metrics import POLLS
from collector.progress import Progress
from collector.sources.perplexity import Perplexity
from collector.sources.upbit_trends import UpbitTrends
from tests.fakes.scripted_http import reply
from tests.unit.collector.examples import ANSWER, TICKER
from tests.unit.collector.worlds import World, make_world, tickers

RAW = "raw.upbit_trends"
NEWS = "raw.coinness"


async def poll(world: World) -> float:
    return await world.poller.turn(asyncio.Event())


async def test_an_item_becomes_a_record_with_its_key_and_the_time_of_the_fetch() -> None:
    world = make_world()
    world.http.then(reply(json.dumps([TICKER]).encode()))
    await poll(world)
    [message] = world.basket.messages
    assert (message.topic, message.key) == ("cointicker.raw.upbit_trends", b"KRW-BTC")
    assert message.timestamp_ms == 1773240060000
    assert json.loads(message.value or b"") == {
        "schema": 1,
        "source": "upbit_trends",
        "id": "KRW-BTC:1773240058930",
        "content_hash": world.poller.source.parse(b"[%b]" % json.dumps(TICKER).encode())
        .items[0]
        .content_hash,
        "fetched_at": "2026-03-11T14:41:00Z",
        "event_at": "2026-03-11T14:40:58.930Z",
        "url": "https://api.upbit.com/v1/ticker/all?quote_currencies=KRW",
        "payload": TICKER,
    }


async def test_what_is_unchanged_is_not_published_again() -> None:
    world = make_world()
    world.http.then(reply(tickers(1, 2)))
    await poll(world)
    await poll(world)
    assert len(world.basket.values(RAW)) == 2


async def test_an_edit_is_published_with_its_own_hash() -> None:
    world = make_world()
    world.http.then(reply(tickers(1, 2)), reply(tickers(1, 3)))
    await poll(world)
    await poll(world)
    first, edit = (each for each in world.basket.values(RAW) if "M1:" in each["id"])
    assert first["id"] == edit["id"]
    assert first["content_hash"] != edit["content_hash"]


async def test_the_memory_of_what_was_published_is_bounded() -> None:
    world = make_world(remembered_items=10)
    world.http.then(reply(tickers(*range(1, 50))))
    await poll(world)
    assert len(world.poller.ledger._seen) == 10


async def test_what_was_not_taken_is_not_remembered() -> None:
    world = make_world()
    world.http.then(reply(tickers(1), etag='"a"'))
    world.basket.is_broken = True
    waits = [await poll(world) for _ in range(8)]
    assert world.poller.state.now == "paused"
    assert min(waits) >= 1
    assert max(waits) >= 30
    world.basket.is_broken = False
    await poll(world)
    assert len(world.basket.values(RAW)) == 1
    assert "If-None-Match" not in world.http.asked[-1][2]


@pytest.mark.parametrize(
    ("switch", "why", "errors"), [("is_broken", "disk_failed", 1), ("is_cramped", "spool_full", 0)]
)
async def test_why_it_pauses_is_told_as_it_is(switch: str, why: str, errors: int) -> None:
    world = make_world()
    world.http.then(reply(tickers(1)))
    await poll(world)
    outcome = POLLS.labels("upbit_trends", why)
    told = outcome._value.get()
    setattr(world.basket, switch, True)
    world.clock.jump(60)
    await poll(world)
    assert (world.poller.state.now, world.poller.state.why) == ("paused", why)
    assert (world.poller.errors, outcome._value.get() - told) == (errors, 1)
    setattr(world.basket, switch, False)
    await poll(world)
    assert [gap["reason"] for gap in world.basket.values("gaps")] == [why]


async def test_an_unchanged_reply_is_asked_for_by_its_etag_and_is_a_success() -> None:
    world = make_world()
    world.http.then(reply(tickers(1), etag='"a"'), reply(b"", 304))
    await poll(world)
    await poll(world)
    assert world.http.asked[-1][2]["If-None-Match"] == '"a"'
    assert world.poller.state.now == "ok"
    assert len(world.basket.messages) == 1


async def test_a_wrong_item_is_a_dead_letter_and_the_others_go_on() -> None:
    world = make_world()
    bad = {**TICKER, "trade_price": "expensive"}
    world.http.then(reply(json.dumps([bad, {**TICKER, "market": "KRW-ETH"}]).encode()))
    await poll(world)
    await poll(world)
    [letter] = world.basket.values("dead_letter")
    assert (letter["reason"], letter["topic"]) == ("wrong_type", "cointicker.raw.upbit_trends")
    assert letter["detail"].startswith("trade_price: Expected `float`")
    assert json.loads(letter["value"]) == bad
    assert len(world.basket.values(RAW)) == 1
    assert world.poller.state.now == "ok"


async def test_a_change_of_shape_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    world = make_world()
    for market in ("a", "b", "c"):
        bad = json.loads(tickers(1, market=market))
        world.http.then(reply(json.dumps([*bad, TICKER]).encode()))
        await poll(world)
    assert len([each for each in caplog.messages if "at market" in each]) == 1
    world.http.then(reply(json.dumps([{**TICKER, "trade_price": None}, TICKER]).encode()))
    await poll(world)
    assert len([each for each in caplog.messages if "at trade_price" in each]) == 1


@pytest.mark.parametrize(
    ("body", "reason"), [(b"[]", "empty"), (b"nonsense", "not_json"), (b"{}", "wrong_shape")]
)
async def test_a_reply_with_nothing_in_it_is_backed_off_from(body: bytes, reason: str) -> None:
    world = make_world()
    world.http.then(reply(body))
    assert await poll(world) > 0
    assert (world.poller.state.now, world.poller.state.why) == ("backing_off", reason)
    assert len(world.basket.values("dead_letter")) == (reason != "empty")


async def test_waits_grow_up_to_a_minute_and_start_anew_after_a_success() -> None:
    world = make_world()
    world.http.then(reply(b"", 500))
    waits = [await poll(world) for _ in range(12)]
    assert 0.5 <= waits[0] <= 1
    assert waits[1] >= waits[0]
    assert 30 <= waits[-1] <= 60
    world.http.then(reply(tickers(1)))
    await poll(world)
    world.http.then(reply(b"", 500))
    assert await poll(world) <= 1


async def test_a_block_is_waited_out_for_minutes_and_longer_each_time() -> None:
    world = make_world()
    world.http.then(reply(b"I'm a teapot. You're a bot.", 418))
    waits = [await poll(world) for _ in range(10)]
    assert world.poller.state.now == "blocked"
    assert 30 <= waits[0] <= 60
    assert all(later >= sooner for sooner, later in pairwise(waits[:6]))
    assert 1800 <= waits[-1] <= 3600


async def test_the_wait_that_a_source_asks_for_is_obeyed() -> None:
    world = make_world()
    world.http.then(reply(b"", 429, retry_after="77"))
    assert await poll(world) == 77


async def test_an_interval_is_kept_from_start_to_start() -> None:
    world = make_world(UpbitTrends(interval_seconds=10))
    world.http.then(reply(tickers(1), remaining_req="group=ticker; min=600; sec=0"))
    assert await poll(world) == 10
    assert await poll(world) == 9


async def test_a_source_without_a_key_is_never_asked() -> None:
    world = make_world(Perplexity())
    await world.poller.run(asyncio.Event())
    assert (world.poller.state.now, world.poller.state.why) == ("disabled", "no key")
    assert world.http.asked == []


async def test_a_billed_source_is_not_asked_again_after_a_restart() -> None:
    source = Perplexity.model_validate({"api_key": "pplx-1", "interval_seconds": 600})
    world = make_world(source)
    world.poller.ledger.progress = Progress(world.clock.utc() - timedelta(seconds=100))
    world.http.then(reply(json.dumps(ANSWER).encode()))
    stop = asyncio.Event()
    running = asyncio.ensure_future(world.poller.run(stop))
    await world.http.was_asked.wait()
    stop.set()
    await running
    assert world.clock.slept[0] == 500


async def test_one_that_stands_in_is_polled_only_when_it_is_needed() -> None:
    world = make_world()
    world.http.then(reply(tickers(1)))
    world.poller._is_needed = lambda: False
    await poll(world)
    assert world.poller.state.now == "standby"
    assert world.http.asked == []


async def test_polling_pauses_while_nothing_more_can_be_kept() -> None:
    world = make_world()
    world.http.then(reply(tickers(1)))
    world.basket.is_full = True
    await poll(world)
    assert (world.poller.state.now, world.poller.state.why) == ("paused", "spool_full")
    assert world.http.asked == []


async def test_a_stop_ends_a_request_that_hangs() -> None:
    world = make_world()
    stop = asyncio.Event()
    world.http.then(asyncio.Event())
    running = asyncio.ensure_future(world.poller.run(stop))
    await world.http.was_asked.wait()
    stop.set()
    await running
    assert world.basket.messages == []


async def test_a_poller_that_hangs_is_overdue() -> None:
    world = make_world()
    assert not world.poller.is_overdue()
    world.http.then(reply(tickers(1)))
    stop = asyncio.Event()
    running = asyncio.ensure_future(world.poller.run(stop))
    await world.http.was_asked.wait()
    stop.set()
    await running
    assert not world.poller.is_overdue()
    world.clock.jump(3600)
    assert world.poller.is_overdue()
