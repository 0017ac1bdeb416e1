"""What passed a source by is recorded as a gap, or paged back for."""

import asyncio
from datetime import timedelta

import pytest

from collector.http import Reply, Trouble
from collector.progress import Progress
from collector.sources.coinness import Coinness
from collector.sources.upbit_trends import UpbitTrends
from tests.fakes.scripted_http import reply
from tests.unit.collector.worlds import World, flashes, make_world, tickers

RAW = "raw.upbit_trends"
NEWS = "raw.coinness"


async def poll(world: World) -> float:
    return await world.poller.turn(asyncio.Event())


async def test_a_pause_longer_than_three_polls_is_a_gap_with_its_reason() -> None:
    world = make_world()
    world.http.then(reply(tickers(1)))
    await poll(world)
    world.http.then(reply(b"", 500))
    world.clock.jump(4)
    await poll(world)
    world.http.then(reply(tickers(2)))
    world.clock.jump(3)
    await poll(world)
    [gap] = world.basket.values("gaps")
    assert gap == {
        "schema": 1,
        "service": "collector",
        "subject": "upbit_trends",
        "partition": None,
        "from": "2026-03-11T14:41:00Z",
        "to": "2026-03-11T14:41:07Z",
        "reason": "http_5xx",
        "at": "2026-03-11T14:41:07Z",
    }


async def test_a_single_poll_that_failed_is_no_gap() -> None:
    world = make_world()
    for status in (200, 500, 200):
        world.http.then(reply(tickers(1), status))
        await poll(world)
        world.clock.jump(1)
    assert world.basket.values("gaps") == []


async def test_a_reply_that_takes_as_long_as_it_may_is_no_gap() -> None:
    world = make_world(UpbitTrends(interval_seconds=1, deadline_seconds=10))
    world.http.then(reply(tickers(1)))
    for _ in range(3):
        await poll(world)
        world.clock.jump(10)
    assert world.basket.values("gaps") == []


async def test_a_full_spool_is_a_gap_once_there_is_room() -> None:
    world = make_world()
    world.http.then(reply(tickers(1)))
    await poll(world)
    world.basket.is_full = True
    await poll(world)
    world.clock.jump(60)
    world.basket.is_full = False
    await poll(world)
    assert [gap["reason"] for gap in world.basket.values("gaps")] == ["spool_full"]


async def test_the_time_between_two_lives_is_a_gap() -> None:
    world = make_world()
    world.poller.ledger.progress = Progress(world.clock.utc() - timedelta(minutes=5))
    world.http.then(reply(tickers(1)))
    await poll(world)
    [gap] = world.basket.values("gaps")
    assert (gap["reason"], gap["from"]) == ("not_running", "2026-03-11T14:36:00Z")


async def test_the_very_first_start_has_no_gap_and_does_not_page_back() -> None:
    world = make_world(Coinness())
    world.http.then(reply(flashes(9, 8, 7)))
    await poll(world)
    assert len(world.http.asked) == 1
    assert world.basket.values("gaps") == []


async def test_news_are_paged_back_until_something_is_known() -> None:
    world = make_world(Coinness())
    world.http.then(reply(flashes(2, 1)))
    await poll(world)
    world.http.then(reply(flashes(6, 5)), reply(flashes(4, 3)), reply(flashes(2, 1)))
    await poll(world)
    assert [each["id"] for each in world.basket.values(NEWS)] == ["1", "2", "3", "4", "5", "6"]
    assert world.basket.values("gaps") == []


async def test_after_a_restart_news_are_paged_back_to_the_time_of_the_last_one() -> None:
    world = make_world(Coinness())
    now = world.clock.utc()
    known = now.replace(hour=14, minute=0, second=2)
    world.poller.ledger.progress = Progress(now, known)
    world.http.then(reply(flashes(4, 3)), reply(flashes(2, 1)))
    await poll(world)
    assert len(world.http.asked) == 2
    assert world.basket.values("gaps") == []


async def test_paging_is_bounded_and_what_is_missing_is_a_gap() -> None:
    world = make_world(Coinness(max_pages=2))
    world.http.then(reply(flashes(1)))
    await poll(world)
    world.http.then(reply(flashes(9, 8)), reply(flashes(7, 6)))
    await poll(world)
    [gap] = world.basket.values("gaps")
    assert (gap["from"], gap["to"]) == ("2026-03-11T14:00:01Z", "2026-03-11T14:00:06Z")
    assert gap["reason"] == "too_many_pages"
    assert [each["id"] for each in world.basket.values(NEWS)] == ["1", "6", "7", "8", "9"]


FAILING_PAGES = [
    (Trouble("timeout"), "timeout"),
    (Trouble("blocked", is_blocked=True), "blocked"),
    (reply(b"", 500), "http_5xx"),
    (reply(b"nonsense"), "not_json"),
]


async def news_broken_off(second: Trouble | Reply) -> World:
    """A source of which 1 and 2 are known, and of 3 to 6 the newer half; the next page failed."""
    world = make_world(Coinness())
    world.http.then(reply(flashes(2, 1)))
    await poll(world)
    world.http.then(reply(flashes(6, 5), etag='"a"'), second)
    await poll(world)
    return world


@pytest.mark.parametrize(("second", "reason"), FAILING_PAGES)
async def test_after_an_older_page_failed_the_next_poll_pages_back_to_what_was_known(
    second: Trouble | Reply, reason: str
) -> None:
    world = await news_broken_off(second)
    assert [each["id"] for each in world.basket.values(NEWS)] == ["1", "2", "5", "6"]
    assert world.poller.state.why == reason
    world.http.then(reply(flashes(6, 5)), reply(flashes(4, 3)), reply(flashes(2, 1)))
    await poll(world)
    assert "If-None-Match" not in world.http.asked[-3][2]
    assert [each["id"] for each in world.basket.values(NEWS)] == ["1", "2", "5", "6", "3", "4"]
    assert (world.basket.values("gaps"), world.poller.state.now) == ([], "ok")
    world.http.then(reply(flashes(7, 6)))
    asked = len(world.http.asked)
    await poll(world)
    assert len(world.http.asked) == asked + 1


async def test_after_an_older_page_failed_a_restart_pages_back_to_what_was_known() -> None:
    before = await news_broken_off(Trouble("timeout"))
    world = make_world(Coinness(), progress=before.poller.ledger.progress)
    world.http.then(reply(flashes(6, 5)), reply(flashes(4, 3)), reply(flashes(2, 1)))
    await poll(world)
    assert [each["id"] for each in world.basket.values(NEWS)] == ["1", "2", "3", "4", "5", "6"]


async def test_what_a_later_poll_does_not_reach_either_is_a_gap() -> None:
    world = await news_broken_off(Trouble("timeout"))
    world.http.then(reply(flashes(8, 7)), reply(flashes(6, 5)), reply(b"[]"))
    await poll(world)
    [gap] = world.basket.values("gaps")
    assert (gap["from"], gap["to"]) == ("2026-03-11T14:00:02Z", "2026-03-11T14:00:05Z")
    assert gap["reason"] == "empty"
    await poll(world)
    assert len(world.basket.values("gaps")) == 1


@pytest.mark.parametrize(("second", "reason"), FAILING_PAGES)
async def test_an_older_page_that_keeps_failing_is_a_gap_and_then_let_be(
    second: Trouble | Reply, reason: str
) -> None:
    world = await news_broken_off(second)
    for _ in range(4):
        assert world.basket.values("gaps") == []
        world.http.then(reply(flashes(6, 5)), second)
        await poll(world)
    assert [gap["reason"] for gap in world.basket.values("gaps")] == [reason]
    world.http.then(reply(flashes(6, 5)))
    await poll(world)
    assert world.poller.state.now == "ok"
    assert len(world.basket.values("gaps")) == 1


async def test_older_pages_that_end_before_what_was_known_are_a_gap() -> None:
    world = make_world(Coinness())
    world.http.then(reply(flashes(1)))
    await poll(world)
    world.http.then(reply(flashes(9, 8)), reply(b"[]"))
    await poll(world)
    assert [each["id"] for each in world.basket.values(NEWS)] == ["1", "8", "9"]
    assert [gap["reason"] for gap in world.basket.values("gaps")] == ["empty"]


async def test_news_that_were_only_late_are_no_gap() -> None:
    world = make_world(Coinness())
    world.http.then(reply(flashes(1)))
    await poll(world)
    world.clock.jump(86_400)
    world.http.then(reply(flashes(2, 1)))
    await poll(world)
    assert world.basket.values("gaps") == []
