"""What is served depends on the seed and the simulated time, and on nothing else."""

import pytest

from simulator.config import Settings
from tests.unit.simulator.served import HOUR_MS, PATHS, SETTINGS, START_MS, SetClock, served

MOMENT = START_MS + 2 * HOUR_MS + 12_345


async def body_at(source: str, moments: list[int], settings: Settings = SETTINGS) -> bytes:
    """What is served at the last of these moments, after polls at the ones before."""
    clock = SetClock()
    async with served(settings, clock) as client:
        for clock.moment_ms in moments:
            clock.seconds += 1
            answer = await client.source(source)
    return answer.content


@pytest.mark.parametrize("source", list(PATHS))
async def test_the_same_seed_and_time_give_the_same_bytes(source: str) -> None:
    assert await body_at(source, [MOMENT]) == await body_at(source, [MOMENT])


@pytest.mark.parametrize("source", list(PATHS))
async def test_polls_in_another_rhythm_change_nothing(source: str) -> None:
    often = [*range(START_MS, MOMENT, 9 * 60_000 + 7), MOMENT]
    assert await body_at(source, often) == await body_at(source, [MOMENT])


@pytest.mark.parametrize("source", ["upbit", "coinness", "saveticker", "alternative"])
async def test_another_seed_gives_another_world(source: str) -> None:
    other = SETTINGS.model_copy(update={"seed": 2})
    assert await body_at(source, [MOMENT], other) != await body_at(source, [MOMENT])
