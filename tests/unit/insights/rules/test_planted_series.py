"""The simulator's own series: each planted event gives its insight, calm ones give none."""

from functools import cache
from itertools import pairwise

import pytest

from insights.records import Insight
from simulator.config import Settings
from simulator.world import World
from tests.unit.insights.rules.feeds import MINUTE_MS
from tests.unit.insights.rules.simulated import world_of
from tests.unit.insights.rules.two_stages import TwoStages, found_at, planted

KINDS = {"price_move", "volume_spike", "sentiment_shift", "fear_greed_regime"}
# A move is seen by the next poll, a volume when its minute has closed.
SLACK_MS = 4 * MINUTE_MS


@cache
def demo() -> tuple[World, list[Insight]]:
    """As `make demo` has it: two hours, seen every 30 s; fewer markets."""
    world = world_of(Settings(speed=120, markets=40, seed=1, lead_seconds=7200, rate=10))
    return world, TwoStages(world).run(120, 30_000)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_planted_event_gives_its_insight(kind: str) -> None:
    world, found = demo()
    events = [each for each in planted(world) if kind in each.expects]
    assert events
    for event in events:
        assert kind in found_at(event, found, SLACK_MS)


def test_no_event_gives_what_it_forbids() -> None:
    world, found = demo()
    for event in planted(world):
        assert not found_at(event, found, SLACK_MS) & set(event.forbids)


def test_where_nothing_is_planted_nothing_is_found() -> None:
    world, found = demo()
    on_stage = {each.market for each in planted(world)}
    calm = [each for each in found if each.market not in on_stage]
    assert [each for each in calm if each.kind in ("price_move", "volume_spike")] == []


def test_movers_come_every_five_minutes_once_there_is_an_hour() -> None:
    _, found = demo()
    ends = [each.window.end for each in found if each.kind == "movers"]
    assert len(ends) >= 8
    assert {(later - end).seconds % 300 for end, later in pairwise(ends)} == {0}
