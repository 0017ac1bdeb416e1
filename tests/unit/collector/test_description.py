"""What /sources says of a source, from its start to its next poll."""

import asyncio
from dataclasses import asdict

from collector.description import document
from collector.progress import Progress
from collector.sources.coinness import Coinness
from collector.sources.perplexity import Perplexity
from tests.fakes.scripted_http import reply
from tests.unit.collector.worlds import flashes, make_world, tickers


def test_a_source_that_was_never_polled_has_no_times() -> None:
    told = make_world().poller.describe()
    assert (told.name, told.state, told.why) == ("upbit_trends", "starting", "")
    assert (told.last_success_at, told.newest_event_at, told.next_poll_in_seconds) == (None,) * 3


async def test_a_success_is_told_with_its_time_and_the_newest_event() -> None:
    world = make_world()
    world.http.then(reply(tickers(1)))
    await world.poller.turn(asyncio.Event())
    told = world.poller.describe()
    assert told.state == "ok"
    assert told.last_success_at == "2026-03-11T14:41:00Z"
    assert told.newest_event_at == "2026-03-11T14:40:58.930Z"
    assert (told.budget.requests_left, told.budget.burst) == (999, 1000)


async def test_a_failure_is_told_with_its_reason() -> None:
    world = make_world()
    world.http.then(reply(b"no", status=500))
    await world.poller.turn(asyncio.Event())
    told = world.poller.describe()
    assert (told.state, told.why != "") == ("backing_off", True)


async def test_a_source_that_is_not_polled_says_why_and_has_no_next_poll() -> None:
    world = make_world(Perplexity())
    await world.poller.run(asyncio.Event())
    told = world.poller.describe()
    assert (told.state, told.next_poll_in_seconds) == ("disabled", None)
    assert told.why == "no key"


async def test_while_it_is_polled_the_next_poll_is_now() -> None:
    world = make_world()
    world.http.then(asyncio.Event(), reply(tickers(1)))
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(world.poller.run(stop))
        await world.http.was_asked.wait()
        assert world.poller.describe().next_poll_in_seconds == 0.0
        stop.set()


def test_the_document_says_what_its_ages_are_measured_against() -> None:
    world = make_world()
    told = world.poller.describe()
    shown = document([told], world.clock.utc())
    assert (shown["now"], shown["sources"]) == ("2026-03-11T14:41:00Z", [told])
    assert set(asdict(told)) >= {"state", "why", "budget", "interval_seconds"}


async def test_one_that_stands_by_has_no_next_poll() -> None:
    world, stop = make_world(), asyncio.Event()
    looked: list[bool] = []

    def is_needed() -> bool:
        looked.append(False)
        if len(looked) == 2:
            stop.set()
        return False

    world.poller._is_needed = is_needed
    await world.poller.run(stop)
    told = world.poller.describe()
    assert (told.state, told.next_poll_in_seconds) == ("standby", None)


async def test_a_poll_whose_later_page_failed_is_no_success() -> None:
    world = make_world(Coinness())
    world.http.then(reply(flashes(2, 1)))
    await world.poller.turn(asyncio.Event())
    world.clock.jump(5)
    world.http.then(reply(flashes(6, 5)), reply(b"", 500))
    await world.poller.turn(asyncio.Event())
    told = world.poller.describe()
    assert (told.state, told.last_success_at) == ("backing_off", "2026-03-11T14:41:00Z")
    assert told.newest_event_at == "2026-03-11T14:00:02Z"


def test_a_success_before_a_restart_is_still_the_last_one() -> None:
    before = Progress(make_world().clock.utc())
    assert make_world(progress=before).poller.describe().last_success_at == "2026-03-11T14:41:00Z"
