"""Many simulated worlds, seen as the demonstration and as the real service sees them.

Each planted event must give its insight and calm markets none. The counts are those of
docs/insights.md. No stack is needed, only time.
"""

import pytest

from simulator.config import Settings
from tests.unit.insights.rules.feeds import MINUTE_MS
from tests.unit.insights.rules.simulated import world_of
from tests.unit.insights.rules.two_stages import TwoStages, found_at, planted

KINDS = {"price_move", "volume_spike", "sentiment_shift", "fear_greed_regime"}
SLACK_MS = 4 * MINUTE_MS
# Seed, length of the round in minutes, time between polls in ms, markets, trades a second.
WORLDS = [
    *((seed, 120, 30_000, 240, 60.0) for seed in range(1, 6)),
    (6, 240, 30_000, 120, 30.0),
    (7, 120, 1_000, 40, 10.0),
]


@pytest.mark.parametrize(("seed", "minutes", "every_ms", "markets", "rate"), WORLDS)
def test_every_planted_event_is_found_and_nothing_else(
    seed: int, minutes: int, every_ms: int, markets: int, rate: float
) -> None:
    settings = Settings(speed=120, markets=markets, seed=seed, lead_seconds=minutes * 60, rate=rate)
    world = world_of(settings)
    found = TwoStages(world).run(minutes, every_ms)
    events = planted(world)
    for event in events:
        kinds = found_at(event, found, SLACK_MS)
        assert kinds >= set(event.expects) & KINDS
        assert not kinds & set(event.forbids)
    on_stage = {each.market for each in events}
    false = [
        each
        for each in found
        if each.market not in on_stage and each.kind in ("price_move", "volume_spike")
    ]
    assert false == []
    assert len({each.id for each in found}) == len(found)
