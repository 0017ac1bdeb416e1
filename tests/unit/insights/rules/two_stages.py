"""Both stages in one process, fed with everything that a simulated world has to tell."""

from collections.abc import Iterable

import msgspec

from cointicker.kafka.records import Partition
from cointicker.processed import FearGreed, Market, News, Origin
from cointicker.times import from_ms
from cointicker.work import Output
from insights.records import Insight
from insights.stages import Stages, inputs
from insights.tone import Lexicon
from simulator.newsroom import Story
from simulator.plan import Event
from simulator.world import World
from tests.unit.insights.rules.feeds import PREFIX, Given, Tallied, insights
from tests.unit.insights.rules.simulated import PARTITIONS, as_given, polls

_ORIGIN = Origin("cointicker.raw.any", 0, 0)
_MARKET = f"{PREFIX}.processed.market"
_STATE = f"{PREFIX}.state.market"


class TwoStages:
    """Takes polls of a world in, and keeps what came out of both stages."""

    def __init__(self, world: World) -> None:
        self.tally = Tallied()
        self._world = world
        stages = Stages(PREFIX, PARTITIONS, Lexicon.load(), self.tally)
        topics = [topic for topic in inputs(PREFIX) if topic != _MARKET]
        self._works = {topic: stages(Partition(topic, 0), None) for topic in topics}
        self._markets = [stages(Partition(_MARKET, number), None) for number in range(PARTITIONS)]
        self._feeds = [(name, world.newsroom(name)) for name in ("coinness", "saveticker")]
        self._told = {name: 0 for name, _ in self._feeds}
        self._index_ms = 0
        self.outputs: list[Output] = []

    def run(self, minutes: int, every_ms: int) -> list[Insight]:
        """Poll everything for so long, and tell what was found."""
        for now_ms, ticks in polls(self._world, minutes, every_ms):
            self._poll_markets(now_ms, ticks)
            self._poll_news(now_ms)
            self._poll_index(now_ms)
        return insights(self.outputs)

    def _poll_markets(self, now_ms: int, ticks: list[Market]) -> None:
        for work, records in zip(self._markets, as_given(now_ms, ticks), strict=True):
            self._pass_on(work.take(records))

    def _poll_news(self, now_ms: int) -> None:
        for name, newsroom in self._feeds:
            stories = newsroom.until(now_ms)
            for story in stories[self._told[name] :]:
                self._take("news", _news(name, story), now_ms)
            self._told[name] = len(stories)

    def _poll_index(self, now_ms: int) -> None:
        index = self._world.fear_greed
        updated_ms = index.updated_ms(now_ms)
        if updated_ms != self._index_ms:
            self._index_ms = updated_ms
            self._take("fear_greed", _index(updated_ms, index.score(updated_ms)), now_ms)

    def _take(self, kind: str, record: msgspec.Struct, now_ms: int) -> None:
        given = Given(0, now_ms, None, msgspec.json.encode(record))
        self._pass_on(self._works[f"{PREFIX}.processed.{kind}"].take([given]))

    def _pass_on(self, outputs: Iterable[Output]) -> None:
        told = []
        for each in outputs:
            if each.topic == _STATE:
                told.append(Given(0, each.timestamp_ms or 0, each.key, each.value))
            else:
                self.outputs.append(each)
        self.outputs += self._works[_STATE].take(told)


def planted(world: World) -> list[Event]:
    """The events of the world's first round."""
    return world.plan.events(world.plan.start, world.plan.start + world.plan.length - 1)


def found_at(event: Event, found: list[Insight], slack_ms: int) -> set[str]:
    """The kinds that were found of an event's market while it lasted, or soon after."""
    return {
        each.kind
        for each in found
        if each.market == event.market
        and event.start_ms <= each.window.end.timestamp() * 1000 <= event.end_ms + slack_ms
    }


def _news(feed: str, story: Story) -> News:
    is_korean = feed == "coinness"
    body = story.korean_body if is_korean else story.english_body
    return News(
        id=f"{feed}:{story.slot}",
        revision=0,
        source=feed,
        title=story.korean if is_korean else story.english,
        body=body.replace("<br>", " "),
        url="",
        published_at=from_ms(story.moment_ms),
        language="ko" if is_korean else "en",
        symbols=[story.symbol],
        labels=[],
        votes={},
        origin=_ORIGIN,
    )


def _index(updated_ms: int, score: float) -> FearGreed:
    return FearGreed(
        id=f"cnn:{updated_ms}",
        revision=0,
        index="cnn",
        score=score,
        rating="",
        components={},
        event_at=from_ms(updated_ms),
        origin=_ORIGIN,
    )
