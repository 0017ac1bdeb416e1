"""Fear & Greed: who is answered, how the index stands still, what it says in words."""

import pytest

from simulator.fear_greed import rating
from tests.unit.simulator.served import HOUR_MS, START_MS, SetClock, served

DATA = "/cnn/index/fearandgreed/graphdata"


@pytest.mark.parametrize(
    "headers",
    [{"User-Agent": "python-requests/2"}, {"Referer": "https://example.com/"}, {"Referer": ""}],
)
async def test_cnn_calls_whoever_is_no_reader_of_its_page_a_bot(headers: dict[str, str]) -> None:
    async with served() as client:
        answer = await client.get(DATA, headers=headers)
    assert answer.status == 418
    assert answer.body == "I'm a teapot. You're a bot."


async def test_cnn_fails_for_a_date() -> None:
    async with served() as client:
        assert (await client.get(f"{DATA}/2026-03-01")).status == 500


async def test_the_index_stands_still_on_a_weekend() -> None:
    clock = SetClock(moment_ms=START_MS + HOUR_MS)
    async with served(clock=clock) as client:
        first = await client.get(DATA)
        clock.moment_ms += 30 * 60_000
        second = await client.get(DATA)
    assert first.content == second.content
    assert first.body["fear_and_greed"]["timestamp"] == "2026-03-06T20:00:00+00:00"


async def test_a_series_has_a_point_for_each_working_day_and_repeats_the_last() -> None:
    async with served() as client:
        body = (await client.get(DATA)).body
    points = body["fear_and_greed_historical"]["data"]
    assert 250 <= len(points) <= 269
    assert [point["x"] for point in points] == sorted({point["x"] for point in points})
    assert points[-1]["x"] // 86_400_000 == points[-2]["x"] // 86_400_000
    assert points[-2]["x"] % 86_400_000 == 0


async def test_a_score_of_a_component_can_be_whole() -> None:
    async with served() as client:
        body = (await client.get(DATA)).body
    assert isinstance(body["market_volatility_vix"]["score"], int)
    assert isinstance(body["junk_bond_demand"]["score"], float)


@pytest.mark.parametrize(
    ("score", "word"),
    [(0, "extreme fear"), (24.9, "extreme fear"), (25, "fear"), (44.9, "fear"), (45, "neutral"),
     (55, "neutral"), (55.1, "greed"), (75, "greed"), (75.1, "extreme greed")],
)  # fmt: skip
def test_a_score_has_its_word(score: float, word: str) -> None:
    assert rating(score) == word
