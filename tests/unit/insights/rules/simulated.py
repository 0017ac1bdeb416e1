"""The simulator's own series as processed records, as if they were polled at even times."""

from collections.abc import Iterator
from dataclasses import dataclass
from zlib import crc32

import msgspec

from cointicker.processed import Market
from simulator.config import Settings
from simulator.world import World, build_world
from tests.unit.insights.rules.feeds import START_MS, Given, market

PARTITIONS = 6


@dataclass
class Standing:
    """A clock that never moves; the series are asked for by their times."""

    start_ms: int = START_MS

    def now_ms(self) -> int:
        return self.start_ms

    def monotonic(self) -> float:
        return 0.0


def world_of(settings: Settings, start_ms: int = START_MS) -> World:
    return build_world(settings, Standing(start_ms))


def polls(world: World, minutes: int, every_ms: int) -> Iterator[tuple[int, list[Market]]]:
    """Each poll's moment, and the markets that traded since the poll before."""
    seen: dict[int, int] = {}
    for now_ms in range(world.clock.start_ms, world.clock.start_ms + minutes * 60_000, every_ms):
        snapshot = world.exchange.snapshot(now_ms)
        columns = zip(
            snapshot.traded_ms.tolist(),
            snapshot.price.tolist(),
            snapshot.day_volume.tolist(),
            snapshot.day_turnover.tolist(),
            strict=True,
        )
        ticks = []
        for row, (traded, price, volume, turnover) in enumerate(columns):
            if seen.get(row) != traded:
                seen[row] = traded
                name = world.names[row].market
                totals = {"volume_day": volume, "turnover_day": turnover}
                ticks.append(market(traded, price, market=name, **totals))
        yield now_ms, ticks


def partition_of(name: str) -> int:
    return crc32(name.encode()) % PARTITIONS


def as_given(now_ms: int, ticks: list[Market]) -> list[list[Given]]:
    """A poll's records by partition, fetched when it was made."""
    parts: list[list[Given]] = [[] for _ in range(PARTITIONS)]
    for tick in ticks:
        record = Given(0, now_ms, tick.market.encode(), msgspec.json.encode(tick))
        parts[partition_of(tick.market)].append(record)
    return parts
