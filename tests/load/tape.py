"""Raw records of a market that trades evenly, made quickly: what straight production writes. Pure.

A record has every field that the simulator's ticker has. Price, totals, times, id and hash are the
record's own, the hash being a number that no other record has; the rest stays as in the template.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import orjson
from aiokafka.partitioner import DefaultPartitioner

from cointicker.times import from_ms, to_text
from simulator.config import Settings
from simulator.tickers import Item, Tickers
from simulator.world import World, build_world

PARTITIONS = 6
_URL = "http://load/v1/ticker/all?quote_currencies=KRW"
_DAY_MS = 86_400_000
# Prices scatter by so much around where they are: far less than what an insight needs.
_SCATTER = 0.0002
_STEPS = 4096
_MASK = (1 << 64) - 1
_STIR = 0x9E3779B97F4A7C15
# A poll is received so long after its trades.
_UNDER_WAY_MS = 20

_BEFORE_ID = b'{"schema":1,"source":"upbit_trends","id":"'
_AFTER_ID = (
    b':%d","content_hash":"%016x","fetched_at":"%b","event_at":"%b","url":"'
    + _URL.encode()
    + b'","payload":'
)
# So many bytes of a record are not its payload; a time and a number are longer than their form.
AROUND = len(_BEFORE_ID) + len(_AFTER_ID) + 90
# What a record has of its own, in the order of the ticker's fields.
_OWN = {
    "trade_timestamp": b"%d",
    "trade_price": b"%.8g",
    "acc_trade_price": b"%.8f",
    "acc_trade_volume": b"%.8f",
    "timestamp": b"%d",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One record to be written: where, and what."""

    partition: int
    key: bytes
    value: bytes
    timestamp_ms: int


@dataclass(frozen=True, slots=True)
class _Market:
    row: int
    key: bytes
    partition: int
    template: bytes
    price: float
    volume_a_ms: float


class Tape:
    """The same bytes for the same settings and moments."""

    def __init__(self, markets: int, record_bytes: int) -> None:
        self._markets = [
            _market(row, item, record_bytes) for row, item in enumerate(_items(markets))
        ]
        self._scatter = [
            1.0 + _SCATTER * ((step * 2654435761 % _STEPS) / _STEPS - 0.5) for step in range(_STEPS)
        ]

    def __len__(self) -> int:
        return len(self._markets)

    def poll(self, traded_ms: int) -> Iterator[Entry]:
        """A record of each market, as if all had traded at this moment."""
        fetched_ms = traded_ms + _UNDER_WAY_MS
        fetched = to_text(from_ms(fetched_ms)).encode()
        event = to_text(from_ms(traded_ms)).encode()
        of_day = traded_ms % _DAY_MS
        for each in self._markets:
            mixed = (traded_ms * 100_003 + each.row) * _STIR & _MASK
            price = each.price * self._scatter[(mixed >> 40) % _STEPS]
            volume = each.volume_a_ms * of_day
            value = each.template % (
                traded_ms,
                mixed,
                fetched,
                event,
                traded_ms,
                price,
                volume * each.price,
                volume,
                fetched_ms,
            )
            yield Entry(each.partition, each.key, value, fetched_ms)

    def backlog(self, records: int, end_ms: int, every_ms: int) -> Iterator[Sequence[Entry]]:
        """Polls of about so many records in all, the last of them at `end_ms`."""
        polls = -(-records // len(self._markets))
        for number in range(polls):
            yield list(self.poll(end_ms - (polls - 1 - number) * every_ms))


def padding(row: int, missing: int) -> str:
    """Text that makes a record longer, other than any other market's."""
    words = b"".join(
        b"%016x" % ((row * 7919 + step + 1) * _STIR & _MASK) for step in range(missing // 16 + 1)
    )
    return words[:missing].decode()


def padded(row: int, item: Item, record_bytes: int) -> Item:
    """A ticker with so much padding that its record has about `record_bytes`."""
    missing = record_bytes - AROUND - len(orjson.dumps(item)) - len(',"padding":""')
    return {**item, "padding": padding(row, missing)} if missing > 0 else item


def partition_of(key: bytes) -> int:
    """Where a producer puts a key, as the collector's does."""
    numbers = list(range(PARTITIONS))
    return int(DefaultPartitioner()(key, numbers, numbers))


def world_of(markets: int) -> World:
    """A simulated world that stands still."""
    return build_world(Settings(markets=markets), _Still())


class _Still:
    start_ms = 1_772_929_800_000

    def now_ms(self) -> int:
        return self.start_ms

    def monotonic(self) -> float:
        return 0.0


def _items(markets: int) -> list[Item]:
    world = world_of(markets)
    now_ms = world.clock.now_ms()
    return Tickers(world.names).items(world.exchange.snapshot(now_ms), now_ms)


def _market(row: int, item: Item, record_bytes: int) -> _Market:
    key = item["market"].encode()
    own = {name: f"@{name}@" for name in _OWN}
    payload = orjson.dumps({**padded(row, item, record_bytes), **own}).replace(b"%", b"%%")
    for name, form in _OWN.items():
        payload = payload.replace(f'"@{name}@"'.encode(), form)
    return _Market(
        row,
        key,
        partition_of(key),
        _BEFORE_ID + key + _AFTER_ID + payload + b"}",
        float(item["trade_price"]),
        float(item["acc_trade_volume_24h"]) / _DAY_MS,
    )
