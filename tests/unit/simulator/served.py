"""The simulator on a free port with a clock that a test sets, and a client that it welcomes."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from simulator.app import create_app, serving
from simulator.config import Settings

# Sunday, 2026-03-08T00:30:00Z.
START_MS = 1_772_929_800_000
MINUTE_MS = 60_000
HOUR_MS = 3_600_000
SETTINGS = Settings(speed=240, markets=30, perplexity_latency_seconds=0)
READER = {
    "User-Agent": "Mozilla/5.0 (Macintosh)",
    "Referer": "https://www.cnn.com/markets/fear-and-greed",
    "Authorization": "Bearer pplx-key",
}
TICKERS = "/upbit/v1/ticker/all?quote_currencies=KRW"
PATHS = {
    "upbit": TICKERS,
    "coinness": "/coinness/feed/v1/breaking-news?limit=5",
    "saveticker": "/saveticker/api/news/list",
    "perplexity": "/perplexity/v1/agent",
    "cnn": "/cnn/index/fearandgreed/graphdata",
    "alternative": "/alternative/fng/?limit=2",
}
QUESTION = {"model": "perplexity/sonar", "input": "What moved the market?"}


@dataclass
class SetClock:
    """A clock that stands where it is put."""

    start_ms: int = START_MS
    moment_ms: int = START_MS + 3 * HOUR_MS
    seconds: float = 1000.0

    def now_ms(self) -> int:
        return self.moment_ms

    def monotonic(self) -> float:
        return self.seconds


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    content: bytes
    body: Any


@dataclass(frozen=True)
class Client:
    clock: SetClock
    session: aiohttp.ClientSession

    async def get(self, path: str, **options: Any) -> Answer:
        return await self.request("GET", path, **options)

    async def source(self, source: str, **options: Any) -> Answer:
        """The request that a collector makes of this source."""
        if source == "perplexity":
            return await self.request("POST", PATHS[source], json=QUESTION, **options)
        return await self.get(PATHS[source], **options)

    async def request(self, method: str, path: str, **options: Any) -> Answer:
        async with self.session.request(method, path, **options) as response:
            content = await response.read()
            is_json = response.content_type == "application/json"
            body = await response.json() if is_json else content.decode()
            return Answer(response.status, response.headers, content, body)


@asynccontextmanager
async def served(
    settings: Settings = SETTINGS, clock: SetClock | None = None
) -> AsyncIterator[Client]:
    """The simulator for the time of a test; every request ends within five seconds."""
    clock = clock or SetClock()
    timeout = aiohttp.ClientTimeout(total=5)
    async with (
        serving(create_app(settings, clock)) as url,
        aiohttp.ClientSession(url, headers=READER, timeout=timeout) as session,
    ):
        yield Client(clock, session)
