"""The simulator's market as a load: all markets trade evenly at a set rate, some of them jump.

It starts two hours back and runs fast until now, so that every market has a past that the insights
know. Who measures asks for the beginning. From then on every market jumps once, minute by minute
another share of them, by 30 sigma within a minute, and with a ramp the number of markets that are
shown grows.
"""

import argparse
import asyncio
import signal
import time
from collections.abc import Sequence
from dataclasses import replace
from math import ceil

import orjson
from aiohttp import web

from simulator.app import serving
from simulator.clock import RunningClock
from simulator.config import Settings
from simulator.effects import Bend, Effect
from simulator.exchange import Exchange
from simulator.tickers import Item, Tickers
from simulator.walk import Walk
from simulator.world import World, build_world
from tests.load.tape import padded

LEAD_SECONDS = 7_200
SPEED = 240
# At least so long until measuring begins: what the fast clock brought is worked off by then.
_SETTLE_MS = 8_000
_MINUTE_MS = 60_000
_JUMP_SIGMAS = 30.0
_DAY_MINUTES = 1_440
_LEAST_SHARE = 0.1


def live_ms(start_ms: int) -> int:
    """When a clock that started there has reached real time."""
    real_seconds = LEAD_SECONDS / (SPEED - 1)
    return start_ms + LEAD_SECONDS * 1000 + round(real_seconds * 1000)


def begin_after(now_ms: int) -> int:
    """When measuring begins: with a minute, as that is when markets begin to jump."""
    return ceil((now_ms + _SETTLE_MS) / _MINUTE_MS) * _MINUTE_MS


def jumps(rows: int, first_minute: int, minutes: int) -> list[Effect]:
    """One jump for every market, an even share of them in each minute."""
    effects = []
    for row in range(rows):
        start = first_minute + row % minutes
        sign = 1 if row % 2 else -1
        points = ((start, 0.0), (start + 1, sign * _JUMP_SIGMAS))
        stays = (start + _DAY_MINUTES, sign * _JUMP_SIGMAS)
        effects.append(Effect(row, bend=Bend((*points, stays))))
    return effects


def shown_rows(rows: int, since_begin: float, ramp_seconds: float) -> int:
    """How many of the markets are shown: all before the beginning and after the ramp."""
    if since_begin < 0 or since_begin >= ramp_seconds:
        return rows
    return max(1, round(rows * (_LEAST_SHARE + (1 - _LEAST_SHARE) * since_begin / ramp_seconds)))


class Source:
    """Answers as Upbit does, for all KRW markets."""

    def __init__(
        self, world: World, seconds: float, ramp_seconds: float, record_bytes: int
    ) -> None:
        self.has_ended = asyncio.Event()
        self._world = world
        self._tickers = Tickers(world.names)
        self._seconds = seconds
        self._begin_ms: int | None = None
        self._ramp_seconds = ramp_seconds
        self._record_bytes = record_bytes

    async def all_tickers(self, request: web.Request) -> web.Response:
        """Every market as of now; during the ramp the first of them."""
        del request
        now_ms = self._world.clock.now_ms()
        items = self._tickers.items(self._world.exchange.snapshot(now_ms), now_ms)
        since = -1.0 if self._begin_ms is None else (now_ms - self._begin_ms) / 1000
        shown = items[: shown_rows(len(items), since, self._ramp_seconds)]
        return web.Response(body=orjson.dumps(self._long(shown)), content_type="application/json")

    async def healthz(self, request: web.Request) -> web.Response:
        """It answers."""
        del request
        return web.Response()

    async def begin(self, request: web.Request) -> web.Response:
        """Begin with a minute that is near: `begin_ms` since 1970 UTC, once and for all."""
        del request
        if self._begin_ms is None:
            live = live_ms(self._world.clock.start_ms)
            self._begin_ms = begin_after(max(live, round(time.time() * 1000)))
            self._world = jumping(self._world, self._begin_ms, self._seconds)
        return web.json_response({"begin_ms": self._begin_ms})

    async def end(self, request: web.Request) -> web.Response:
        """Nothing more is to come: the process ends."""
        del request
        self.has_ended.set()
        return web.Response()

    def _long(self, items: Sequence[Item]) -> Sequence[Item]:
        if not self._record_bytes:
            return items
        return [padded(row, item, self._record_bytes) for row, item in enumerate(items)]


def make_source(settings: Settings, seconds: float, ramp: float, record_bytes: int) -> Source:
    """The source of one run; its clock starts now."""
    world = with_effects(build_world(settings, RunningClock(settings)), [])
    return Source(world, seconds, ramp, record_bytes)


def jumping(world: World, begin_ms: int, seconds: float) -> World:
    """The same world, in which every market jumps once after `begin_ms`: its past stays."""
    minutes = ceil(seconds * 1000 / _MINUTE_MS)
    return with_effects(world, jumps(len(world.names), begin_ms // _MINUTE_MS, minutes))


def with_effects(world: World, effects: Sequence[Effect]) -> World:
    """The same world with these effects and no others."""
    walk = Walk(world.names, world.chance, lambda _first, _last: effects)
    return replace(world, walk=walk, exchange=Exchange(walk, world.trades, world.chance))


def make_app(source: Source) -> web.Application:
    """Where it answers."""
    app = web.Application()
    app.add_routes(
        [
            web.get("/v1/ticker/all", source.all_tickers),
            web.post("/begin", source.begin),
            web.get("/healthz", source.healthz),
            web.post("/end", source.end),
        ]
    )
    return app


async def serve(chosen: argparse.Namespace) -> None:
    """Serve until SIGTERM, SIGINT or its end is asked for."""
    settings = Settings(
        speed=SPEED,
        lead_seconds=LEAD_SECONDS,
        markets=chosen.markets,
        rate=chosen.rate,
    )
    source = make_source(settings, chosen.seconds, chosen.ramp, chosen.record_bytes)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, source.has_ended.set)
    async with serving(make_app(source), chosen.host, chosen.port):
        await source.has_ended.wait()


def main() -> None:
    """Run as a process of its own: its work is not to be counted as anybody else's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--markets", type=int, required=True)
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--ramp", type=float, default=0.0)
    parser.add_argument("--record-bytes", type=int, default=0)
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
