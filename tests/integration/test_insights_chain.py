"""Bytes of the simulated sources, parsed by the collector, cleaned by the processor, judged here.

The three parts meet as they do in Kafka, without it: what one calls a market, a coin, a time or an
index must be what the next one understands.
"""

from collections import Counter
from collections.abc import Sequence

import orjson

from cointicker.kafka.records import Partition
from cointicker.messages import RawRecord
from cointicker.times import from_ms
from cointicker.work import Output
from insights.records import Insight
from insights.stages import Stages, inputs
from insights.tone import Lexicon
from simulator.config import Settings
from simulator.world import build_world
from tests.unit.collector.examples import SOURCES
from tests.unit.insights.rules.feeds import MINUTE_MS, PREFIX, Given, Tallied, insights
from tests.unit.insights.rules.two_stages import found_at, planted
from tests.unit.processor.raw import Task
from tests.unit.simulator.served import START_MS, Client, SetClock, served

PATHS = {
    "upbit_trends": "/upbit/v1/ticker/all?quote_currencies=KRW",
    "coinness": "/coinness/feed/v1/breaking-news?limit=40",
    "saveticker": "/saveticker/api/news/list?page_size=40",
    "cnn_fear_greed": "/cnn/index/fearandgreed/graphdata",
}
SETTINGS = Settings(speed=120, markets=30, seed=1, lead_seconds=7200, rate=8)
KINDS = {"price_move", "volume_spike", "sentiment_shift", "fear_greed_regime"}
SLACK_MS = 4 * MINUTE_MS


class Chain:
    """Every part of the way, with one partition of each topic."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._cleaning = {name: Task(SOURCES[name][0].topic).work() for name in PATHS}
        self.tally = Tallied()
        stages = Stages(PREFIX, 1, Lexicon.load(), self.tally)
        self._stages = {topic: stages(Partition(topic, 0), None) for topic in inputs(PREFIX)}
        self._seen: set[tuple[str, str]] = set()
        self.ended: list[Output] = []

    async def poll(self, name: str) -> None:
        """Ask a source, and let what is new go all the way."""
        source = SOURCES[name][0]
        answer = await self._client.get(PATHS[name])
        now_ms = self._client.clock.now_ms()
        fresh = []
        for item in source.parse(answer.content).items:
            if (item.id, item.content_hash) in self._seen:
                continue
            self._seen.add((item.id, item.content_hash))
            raw = RawRecord(
                source=source.topic,
                id=item.id,
                content_hash=item.content_hash,
                fetched_at=from_ms(now_ms),
                event_at=item.event_at,
                url="http://simulated",
                payload=orjson.Fragment(item.payload),
            )
            fresh.append(Given(len(self._seen), now_ms, None, raw.encode()))
        self._pass_on(self._cleaning[name].take(fresh))

    def _pass_on(self, outputs: Sequence[Output]) -> None:
        for each in outputs:
            stage = self._stages.get(each.topic)
            if stage is None:
                self.ended.append(each)
            else:
                given = Given(0, each.timestamp_ms or 0, each.key, each.value)
                self._pass_on(stage.take([given]))


async def test_planted_events_are_found_all_the_way_from_the_sources() -> None:
    clock = SetClock(moment_ms=START_MS)
    async with served(SETTINGS, clock) as client:
        chain = Chain(client)
        for poll in range(240):
            clock.moment_ms = START_MS + poll * 30_000
            clock.seconds += 30
            for name in PATHS if poll % 4 == 0 else ("upbit_trends",):
                await chain.poll(name)
    found: list[Insight] = insights(chain.ended)
    world = build_world(SETTINGS, SetClock(moment_ms=START_MS))
    for event in planted(world):
        kinds = found_at(event, found, SLACK_MS)
        assert kinds >= set(event.expects) & KINDS, event
        assert not kinds & set(event.forbids), event
    topics = Counter(each.topic for each in chain.ended)
    assert topics[f"{PREFIX}.dead_letter"] == 0
    assert topics[f"{PREFIX}.insights.candles"] > 3000
    assert topics[f"{PREFIX}.insights.movers"] > 5
