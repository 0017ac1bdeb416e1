"""Insights and candles for tests, and an API that serves them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import msgspec

from cointicker.health import Health, health_app, serve_app
from insights.api import Api, StreamTimes
from insights.records import Candle, Insight, Kind, Severity, Summary, Window
from insights.stream import Broadcast
from insights.view import View

NOW = datetime(2026, 3, 11, 14, 40, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
ENCODE = msgspec.json.Encoder().encode


def insight(
    name: str,
    *,
    kind: Kind = "price_move",
    market: str = "KRW-BTC",
    severity: Severity = "high",
    ago_seconds: float = 60,
) -> Insight:
    at = NOW - timedelta(seconds=ago_seconds)
    return Insight(
        id=name,
        kind=kind,
        market=market,
        symbol=None if market == "all" else market.partition("-")[2],
        severity=severity,
        window=Window(at - timedelta(minutes=5), at),
        value=0.031,
        threshold=0.02,
        direction="up",
        summary=Summary("KRW-BTC rose 3.1 % in 5 minutes", "KRW-BTC 5분간 3.1 % 상승"),
        evidence={"from": 100.0, "to": 103.1, "ids": ["KRW-BTC:1"]},
        detected_at=at,
    )


def candle(minute: int, *, market: str = "KRW-BTC", close: float = 2.0) -> Candle:
    """The candle that began so many minutes before NOW."""
    return Candle(
        market=market,
        symbol=market.partition("-")[2],
        interval="1m",
        start=NOW - timedelta(minutes=minute),
        open=1.0,
        high=3.0,
        low=0.5,
        close=close,
        volume=10.0,
        turnover=20.0,
        ticks=4,
        final=True,
    )


def put(view: View, *insights: Insight) -> None:
    for each in insights:
        view.put(each, ENCODE(each))


def put_candle(view: View, each: Candle) -> None:
    view.put_candle(each, int(each.start.timestamp() * 1000) + 60_000)


@dataclass
class Served:
    """An API on a port of its own."""

    view: View
    broadcast: Broadcast
    times: StreamTimes = field(default_factory=lambda: StreamTimes(15, 10))
    health: Health = field(default_factory=Health)
    clock: Callable[[], datetime] = lambda: NOW
    session: aiohttp.ClientSession | None = None

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Served"]:
        api = Api(self.view, self.broadcast, self.times, clock=self.clock)
        async with (
            serve_app(api.add_to(health_app(self.health)), "127.0.0.1", 0) as port,
            aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session,
        ):
            self.session = session
            yield self
            self.broadcast.close()

    async def ask(
        self, path: str, method: str = "GET", headers: dict[str, str] | None = None
    ) -> "Answer":
        assert self.session is not None
        async with self.session.request(method, path, headers=headers) as response:
            body = await response.read()
            return Answer(response.status, response.headers, body)

    async def listen(self, path: str, last: str | None = None) -> "Listener":
        assert self.session is not None
        headers = {"Last-Event-ID": last} if last else {}
        response = await self.session.get(path, headers=headers)
        assert response.status == 200, await response.text()
        assert await response.content.readuntil(b"\n\n") == b"retry: 3000\n\n"
        return Listener(response)


@dataclass
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def media(self) -> str:
        return self.headers["Content-Type"].partition(";")[0]


@dataclass
class Listener:
    """A client of the stream."""

    response: aiohttp.ClientResponse

    async def next(self) -> dict[str, Any]:
        """The next event, without its framing; a comment is `{"": text}`."""
        frame = await self.response.content.readuntil(b"\n\n")
        fields = dict(line.split(": ", 1) for line in frame.decode().strip().splitlines())
        if "data" in fields:
            fields["data"] = msgspec.json.decode(fields["data"])
        return fields

    async def ids(self, count: int) -> list[str]:
        return [(await self.next())["data"]["id"] for _ in range(count)]

    async def rest(self) -> bytes:
        return await self.response.content.read()

    def close(self) -> None:
        self.response.close()


def served(**settings: int) -> Served:
    """A view that has caught up, without anything in it."""
    view = View(settings.get("most_insights", 1_000), 100_000)
    view.has_caught_up = True
    broadcast = Broadcast(
        epoch="e1",
        most_clients=settings.get("most_clients", 10),
        most_waiting=settings.get("most_waiting", 100),
    )
    return Served(view, broadcast)


async def until(is_so: Callable[[], bool]) -> None:
    """Let the others run until it is so."""
    async with asyncio.timeout(5):
        while True:
            if is_so():
                return
            await asyncio.sleep(0)
