"""What the collector takes from the simulated sources is all taken here."""

from typing import Any

import orjson
import pytest

from cointicker.messages import RawRecord
from cointicker.times import from_ms
from processor.coins import load_coins
from simulator.names import market_names
from tests.fakes.memory_log import Made
from tests.unit.collector.examples import SOURCES
from tests.unit.processor.raw import Task
from tests.unit.simulator.served import Client, served

PATHS = {
    "upbit_trends": "upbit",
    "coinness": "coinness",
    "saveticker": "saveticker",
    "perplexity": "perplexity",
    "cnn_fear_greed": "cnn",
    "alternative_me": "alternative",
}


async def processed(client: Client, name: str) -> list[dict[str, Any]]:
    """The processed records of one reply of a source."""
    source = SOURCES[name][0]
    reply = await client.source(PATHS[name])
    page = source.parse(reply.content)
    assert page.items
    assert not page.invalid
    now_ms = client.clock.now_ms()
    records = [
        Made(
            at,
            RawRecord(
                source=source.topic,
                id=item.id,
                content_hash=item.content_hash,
                fetched_at=from_ms(now_ms),
                event_at=item.event_at,
                url="http://simulated",
                payload=orjson.Fragment(item.payload),
            ).encode(),
            now_ms,
        )
        for at, item in enumerate(page.items)
    ]
    task = Task(source.topic)
    outputs = task.work().take(records)
    assert task.seen.counts.processed == len(records)
    assert not task.seen.counts.refused
    found: list[dict[str, Any]] = [orjson.loads(each.value) for each in outputs]
    times = {each.get("event_at") or each["published_at"] for each in found}
    assert times == {to_wire(item.event_at.isoformat()) for item in page.items}
    return found


def to_wire(text: str) -> str:
    return text.replace("+00:00", "Z")


@pytest.mark.parametrize("name", PATHS)
async def test_every_source_passes(name: str) -> None:
    async with served() as client:
        assert await processed(client, name)


async def test_headlines_of_known_coins_name_their_coin() -> None:
    async with served() as client:
        reply = await client.get("/coinness/feed/v1/breaking-news?limit=100")
        found = await processed(client, "coinness")
    codes = {str(each["id"]): each["quickOrderCode"] for each in reply.body}
    coins = load_coins()
    for each in found:
        code = codes[each["id"].removeprefix("coinness:")]
        assert code is None or coins.current(code) == each["symbols"][0]
        assert each["language"] == "ko"


def test_the_table_holds_the_best_known_of_the_simulated_coins() -> None:
    coins = load_coins()
    known = [name for name in market_names(50) if coins.known(name.symbol)]
    assert len(known) == 50
    headlines = [f"{name.korean} 재단, 개발자 간담회 일정 공개" for name in market_names(15)]
    for name, headline in zip(market_names(15), headlines, strict=True):
        assert coins.spoken_of(headline) == [coins.current(name.symbol)]
