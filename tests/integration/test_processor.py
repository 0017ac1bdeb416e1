"""The processor on real Kafka: each version of each fact once, whatever dies in between."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator

import orjson
import pytest

from local.stack import Stack
from tests.integration.processors import KINDS, Raw, Run, open_run
from tests.unit.processor.raw import (
    FETCHED_MS,
    TRADED_MS,
    answer,
    daily,
    flash,
    graph,
    news,
    ticker,
)

MARKETS = 6
GARBAGE: list[bytes | None] = [b"{", b"\xff\xfe", None, b"[]", ticker(trade_price=0)]


def raw_log(seed: int, count: int) -> list[Raw]:
    """Trades of markets in order, with repetitions, edits and garbage, and items among them."""
    chance = random.Random(seed)
    found: list[Raw] = []
    for at in range(count):
        market = chance.randrange(MARKETS)
        traded = TRADED_MS + (at - chance.choice([0, 0, 0, 0, 1, 5])) * 100
        version = chance.choice([1, 1, 1, 1, 2])
        found.append(
            ("upbit_trends", market % 6, ticker(f"KRW-M{market}", traded, version=version))
        )
        if at % 10 == 0:
            found.append(("upbit_trends", market % 6, chance.choice(GARBAGE)))
            item = chance.randrange(at + 1)
            found.append(("coinness", 0, flash(1 + item, version=chance.randrange(3))))
        if at % 100 == 0:
            found += [
                ("saveticker", 0, news()),
                ("perplexity", 0, answer()),
                ("cnn_fear_greed", 0, chance.choice([graph(), daily()])),
            ]
    return found


@pytest.fixture
async def run(stack: Stack) -> AsyncIterator[Run]:
    async with open_run(stack) as run:
        yield run


async def test_what_goes_in_is_processed_a_duplicate_or_a_dead_letter(run: Run) -> None:
    raw = raw_log(seed=1, count=2_000)
    await run.start()
    await run.send(raw, FETCHED_MS)
    await run.until_level()
    processed = {kind: await run.read(f"processed.{kind}") for kind in KINDS}
    out = sum(len(each) for kind in processed.values() for each in kind.values())
    letters = (await run.read("dead_letter"))[0]
    metrics = await asyncio.to_thread(_metrics, run)
    assert out + len(letters) + metrics["duplicate"] == run.sent
    assert (metrics["processed"], metrics["refused"]) == (out, len(letters))
    assert min(len(each) for kind in processed.values() for each in kind.values()) > 0
    reasons = Counter(orjson.loads(each.value or b"")["reason"] for each in letters)
    # Of the two indexes one example is months older than the other.
    assert set(reasons) == {"not_json", "no_value", "wrong_type", "out_of_range", "too_old"}
    for number, records in processed["market"].items():
        assert {each.key for each in records} == {b"KRW-M%d" % number}
        assert {each.timestamp for each in records} == {FETCHED_MS}


async def test_a_run_that_was_killed_gives_the_records_of_one_that_was_not(stack: Stack) -> None:
    raw = raw_log(seed=2, count=6_000)
    async with open_run(stack) as undisturbed:
        await undisturbed.send(raw, FETCHED_MS)
        await undisturbed.start()
        await undisturbed.until_level()
        await undisturbed.stop()
        expected = await undisturbed.outcome()
    async with open_run(stack) as disturbed:
        await disturbed.start()
        chance = random.Random(3)
        for first in range(0, len(raw), 1_000):
            await disturbed.send(raw[first : first + 1_000], FETCHED_MS)
            await asyncio.sleep(chance.random() * 0.3)
            if first in (1_000, 3_000, 5_000):
                await disturbed.kill()
        await disturbed.until_level()
        found = await disturbed.outcome()
    assert found.keys() == expected.keys()
    assert {name: len(each) for name, each in found.items()} == {
        name: len(each) for name, each in expected.items()
    }
    assert found == expected
    assert sum(map(len, found.values())) > 6_000


async def test_a_task_with_too_much_garbage_stops_and_the_others_go_on(run: Run) -> None:
    await run.start()
    await run.send([("coinness", 0, b"{")] * 200, FETCHED_MS)
    await run.send([("saveticker", 0, news())], FETCHED_MS)
    await run.until_ready_is(503)
    await run.until_out("processed.news", 1)
    assert (await run.read("dead_letter"))[0] == []


def _metrics(run: Run) -> dict[str, int]:
    """What the processor counted, by the kind of its end."""
    found: Counter[str] = Counter()
    for line in run.metrics().splitlines():
        if line.startswith("cointicker_processor_records_") and "source=" in line:
            name, value = line.rsplit(" ", 1)
            kind = name.removeprefix("cointicker_processor_records_").split("_total")[0]
            found[kind] += int(float(value))
    return dict(found)
