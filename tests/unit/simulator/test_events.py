"""The planted events are really in what is served, and nowhere else."""

import math
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from statistics import mean, stdev
from typing import Any

import numpy as np
import pytest

from simulator.candles import Span, candles
from simulator.config import Settings
from simulator.newsroom import Story
from simulator.phrases import NEGATIVE, POSITIVE
from simulator.plan import Event
from simulator.world import World, build_world
from tests.unit.simulator.served import HOUR_MS, MINUTE_MS, START_MS, SetClock

WORLDS = [
    build_world(Settings(speed=240, markets=40, seed=1), SetClock()),
    # Two hours are the shortest round: an hour of quiet, then everything.
    build_world(Settings(speed=120, markets=20, seed=2, lead_seconds=7200), SetClock()),
]


def events(world: World, kind: str) -> list[Event]:
    plan = world.plan
    found = [
        each for each in plan.events(plan.start, plan.start + plan.length - 1) if each.kind == kind
    ]
    assert found
    return found


def series(world: World, market: str, first_ms: int, last_ms: int, unit: int = 1) -> list[Any]:
    """The candles between two moments, oldest first."""
    row = [name.market for name in world.names].index(market)
    count = (last_ms - first_ms) // (unit * MINUTE_MS)
    span = Span(unit, count, last_ms, last_ms)
    return candles(world.walk, world.trades, world.names[row], row, span)[::-1]


def returns(items: Sequence[Any]) -> list[float]:
    closes = [math.log(item["trade_price"]) for item in items]
    return [after - before for before, after in pairwise(closes)]


def told(world: World, event: Event, first_ms: int, last_ms: int) -> list[Story]:
    symbol = event.market.removeprefix("KRW-")
    return [
        each
        for each in stories(world)
        if each.symbol == symbol and first_ms <= each.moment_ms <= last_ms
    ]


@cache
def stories(world: World) -> list[Story]:
    return world.newsroom("coinness").until(START_MS + world.plan.length * MINUTE_MS)


@pytest.mark.parametrize("unit", [1, 3, 5])
@pytest.mark.parametrize("world", WORLDS)
def test_a_price_move_is_more_than_six_sigma_of_the_hour_before(world: World, unit: int) -> None:
    for event in events(world, "price_move"):
        before = series(world, event.market, event.start_ms - HOUR_MS, event.start_ms, unit)
        after = series(world, event.market, event.start_ms - 10 * MINUTE_MS, event.end_ms, unit)
        size = max(returns(after), key=abs) / stdev(returns(before))
        assert abs(size) >= 6
        assert (size > 0) == event.note.startswith("up")


@pytest.mark.parametrize("world", WORLDS)
def test_no_market_moves_by_six_sigma_where_nothing_is_planted(world: World) -> None:
    on_stage = {each.market for each in world.plan.events(world.plan.start, world.plan.start)}
    quiet = events(world, "quiet")[0].market
    rows = [
        row
        for row, name in enumerate(world.names)
        if name.market == quiet or name.market not in on_stage
    ]
    for hour in range(START_MS // HOUR_MS, START_MS // HOUR_MS + 2):
        moves = np.diff(world.walk.hour(hour, np.array(rows)).log_price, axis=1)
        assert np.all(np.abs(moves) < 5 * moves.std(axis=1, keepdims=True))


@pytest.mark.parametrize("world", WORLDS)
def test_a_volume_spike_is_ten_times_the_hour_before_at_an_undisturbed_price(world: World) -> None:
    (event,) = events(world, "volume_spike")
    before = series(world, event.market, event.start_ms - HOUR_MS, event.start_ms)
    during = series(world, event.market, event.start_ms, event.end_ms)
    usual = mean(item["candle_acc_trade_volume"] for item in before)
    assert max(item["candle_acc_trade_volume"] for item in during) > 10 * usual
    assert max(item["candle_acc_trade_volume"] for item in before) < 5 * usual
    assert max(map(abs, returns(during))) < 5 * stdev(returns(before))


@pytest.mark.parametrize("world", WORLDS)
def test_a_flat_market_does_not_move_but_trades(world: World) -> None:
    (event,) = events(world, "flat")
    items = series(world, event.market, event.start_ms + MINUTE_MS, event.end_ms)
    assert len(items) > 50
    assert len({item[price] for item in items for price in ("high_price", "low_price")}) == 1
    assert all(item["candle_acc_trade_volume"] > 0 for item in items)


@pytest.mark.parametrize("world", WORLDS)
def test_a_trend_falls_until_it_turns_and_rises_from_there(world: World) -> None:
    (event,) = events(world, "trend_reversal")
    row = [name.market for name in world.names].index(event.market)
    sigma = float(world.walk.sigma[row])
    down = series(world, event.market, event.start_ms - HOUR_MS, event.start_ms)
    up = series(world, event.market, event.start_ms, event.start_ms + HOUR_MS)
    assert sum(returns(down)) < -15 * sigma
    assert sum(returns(up)) > 15 * sigma


@pytest.mark.parametrize("world", WORLDS)
def test_a_nervous_market_scatters_three_times_as_wide_as_before(world: World) -> None:
    (event,) = events(world, "volatility")
    before = returns(series(world, event.market, event.start_ms - HOUR_MS, event.start_ms))
    during = returns(series(world, event.market, event.start_ms, event.end_ms))
    assert stdev(during) > 3 * stdev(before)


@pytest.mark.parametrize("world", WORLDS)
def test_good_news_burst_after_a_rise_and_bad_news_follow_a_fall(world: World) -> None:
    for event in events(world, "price_move"):
        tones = [each.tone for each in told(world, event, event.start_ms, event.end_ms)]
        rises = "news_burst" in event.expects
        assert set(tones) == {POSITIVE if rises else NEGATIVE}
        assert len(tones) >= (10 if rises else 3)
        assert told(world, event, event.start_ms - HOUR_MS, event.start_ms - 1) == []


@pytest.mark.parametrize("world", WORLDS)
def test_the_tone_turns_at_a_sentiment_shift(world: World) -> None:
    (event,) = events(world, "sentiment_shift")
    before = told(world, event, event.start_ms - HOUR_MS, event.start_ms - 1)
    after = told(world, event, event.start_ms, event.end_ms)
    assert {each.tone for each in before} == {POSITIVE}
    assert {each.tone for each in after} == {NEGATIVE}
    assert min(len(before), len(after)) >= 10


@pytest.mark.parametrize("world", WORLDS)
def test_good_news_and_a_falling_price_diverge(world: World) -> None:
    (event,) = events(world, "divergence")
    moves = returns(series(world, event.market, event.start_ms, event.end_ms))
    good = told(world, event, event.start_ms, event.end_ms)
    assert sum(moves) < -5 * stdev(moves)
    assert len(good) >= 12
    assert {each.tone for each in good} == {POSITIVE}


@pytest.mark.parametrize("world", WORLDS)
def test_nothing_is_told_of_a_quiet_market(world: World) -> None:
    (event,) = events(world, "quiet")
    assert told(world, event, event.start_ms, event.end_ms) == []


@pytest.mark.parametrize("world", WORLDS)
def test_the_index_crosses_from_fear_to_greed_and_back_in_the_next_round(world: World) -> None:
    index = world.fear_greed
    round_ms = world.plan.length * MINUTE_MS
    marks = [START_MS, START_MS + round_ms, START_MS + 2 * round_ms]
    scores = [index.score(index.updated_ms(mark)) for mark in marks]
    assert scores[0] < 45
    assert scores[1] > 55
    assert scores[2] < 45


@pytest.mark.parametrize("world", WORLDS)
def test_every_round_has_every_kind_with_an_hour_before_it(world: World) -> None:
    plan = world.plan
    for number in range(3):
        start = plan.start + number * plan.length
        found = plan.events(start, start + plan.length - 1)
        assert {each.kind for each in found} == {
            "price_move", "volume_spike", "flat", "trend_reversal", "volatility",
            "sentiment_shift", "divergence", "fear_greed_regime", "quiet",
        }  # fmt: skip
        planted = [each for each in found if each.expects]
        assert all(each.start_ms >= (start + 60) * MINUTE_MS for each in planted)
        assert all(each.end_ms <= (start + plan.length) * MINUTE_MS for each in found)


def test_the_tone_of_chance_news_follows_the_price_of_the_hour_before() -> None:
    world = WORLDS[0]
    rows = {name.symbol: row for row, name in enumerate(world.names)}
    on_stage = {each.market for each in world.plan.events(world.plan.start, world.plan.start)}
    moves: dict[str, list[float]] = {POSITIVE: [], NEGATIVE: []}
    for story in stories(world):
        if f"KRW-{story.symbol}" in on_stage or story.tone not in moves:
            continue
        hour, mark = divmod(story.moment_ms // MINUTE_MS, 60)
        row = np.array([rows[story.symbol]])
        path = [world.walk.hour(each, row).log_price[0, mark] for each in (hour - 1, hour)]
        moves[story.tone].append(path[1] - path[0])
    assert min(moves[POSITIVE]) > 0 > max(moves[NEGATIVE])
