"""One source in a small world of fakes: a scripted server, a clock that jumps, a basket."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cointicker.errors import TransientError
from cointicker.kafka.producer import Message
from collector.budget import Budget
from collector.haul import Wire
from collector.ledger import Ledger
from collector.politeness import PoliteHttp
from collector.poller import Poller
from collector.progress import Progress
from collector.source import Source
from collector.sources.upbit_trends import UpbitTrends
from collector.spool import SpoolFull
from tests.fakes.jumping_clock import JumpingClock
from tests.fakes.scripted_http import ScriptedHttp, reply
from tests.unit.collector.examples import FLASH, TICKER


@dataclass
class Basket:
    """Takes messages, unless it is full or broken; it `is_cramped` if these are too many."""

    messages: list[Message] = field(default_factory=list)
    is_full: bool = False
    is_broken: bool = False
    is_cramped: bool = False

    async def accept(self, messages: Sequence[Message]) -> None:
        if self.is_broken:
            raise TransientError("broken")
        if self.is_cramped:
            raise SpoolFull("no room")
        self.messages += messages

    def values(self, topic: str) -> list[dict[str, Any]]:
        """What was taken on a topic, decoded."""
        found = [each for each in self.messages if each.topic == f"cointicker.{topic}"]
        return [json.loads(each.value or b"") for each in found]


@dataclass
class World:
    """A poller with everything around it."""

    poller: Poller
    http: ScriptedHttp
    basket: Basket
    clock: JumpingClock


def make_world(
    source: Source | None = None, *, progress: Progress | None = None, remembered_items: int = 1000
) -> World:
    """A world of Upbit, if it is not of another source."""
    source = source or UpbitTrends()
    clock, basket, http = JumpingClock(), Basket(), ScriptedHttp(reply(b"[]"))
    budget = Budget(per_second=1e9, burst=1000, now=0)
    wire = Wire(
        source=source.topic,
        topic=f"cointicker.raw.{source.topic}",
        dead_letter_topic="cointicker.dead_letter",
        gaps_topic="cointicker.gaps",
    )
    ledger = Ledger(source, wire, progress, remembered_items)
    polite = PoliteHttp(http, budget, clock, source.name)
    return World(Poller(source, polite, basket, ledger, clock), http, basket, clock)


def tickers(*prices: float, **changes: Any) -> bytes:
    """A reply of Upbit: a market for each price."""
    found = [
        {**TICKER, "market": f"KRW-M{number}", "trade_price": price, **changes}
        for number, price in enumerate(prices)
    ]
    return json.dumps(found).encode()


def flashes(*ids: int, **changes: Any) -> bytes:
    """A reply of Coinness: flashes published in the second of their id."""
    found = [
        {**FLASH, "id": each, "publishAt": f"2026-03-11T23:{each // 60:02}:{each % 60:02}+09:00"}
        | changes
        for each in ids
    ]
    return json.dumps(found).encode()
