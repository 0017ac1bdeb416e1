"""CNN's Fear & Greed data over HTTP: only for what looks like a reader of its page."""

import zlib
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import orjson
from aiohttp import web

from simulator.chance import Floats
from simulator.fear_greed import SATURDAY, Days, FearGreed, rating
from simulator.times import DAY_MS, utc
from simulator.world import World

TEAPOT = "I'm a teapot. You're a bot."
_REFERERS = (
    "https://www.cnn.com/markets/fear-and-greed",
    "https://edition.cnn.com/markets/fear-and-greed",
)
_SERIES_DAYS = 365
# name: how far its score is from the index, a typical raw value, how much that scatters
_COMPONENTS: dict[str, tuple[float, float, float]] = {
    "market_momentum_sp500": (12.0, 6373.45, 120.0),
    "market_momentum_sp125": (12.0, 5888.43712, 20.0),
    "stock_price_strength": (-20.0, 1.886033833598979, 0.4),
    "stock_price_breadth": (-10.0, 1225.232918662056, 90.0),
    "put_call_options": (13.0, 0.6834183057844634, 0.05),
    "market_volatility_vix": (0.0, 17.25, 1.5),
    "market_volatility_vix_50": (0.0, 17.253, 0.3),
    "junk_bond_demand": (22.0, 1.3148745353159097, 0.1),
    "safe_haven_demand": (7.0, 0.6411618292420217, 0.9),
}
_WHOLE_SCORES = ("market_volatility_vix", "market_volatility_vix_50")


class Cnn:
    """The endpoints below `/cnn/index/fearandgreed`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._index: FearGreed = world.fear_greed
        self._body = lru_cache(maxsize=2)(self._encoded)

    def routes(self) -> list[web.RouteDef]:
        """The data, the data since a date (which fails, as it does there), the flat form."""
        return [
            web.get("/cnn/index/fearandgreed/graphdata", self._guarded(self._graph)),
            web.get("/cnn/index/fearandgreed/graphdata/{date}", self._guarded(_broken)),
            web.get("/cnn/index/fearandgreed/current", self._guarded(self._current)),
        ]

    def _guarded(self, answer: Callable[[], web.Response]) -> Any:
        async def handle(request: web.Request) -> web.Response:
            agent = request.headers.get("User-Agent", "")
            if not agent.startswith("Mozilla/") or request.headers.get("Referer") not in _REFERERS:
                return web.Response(status=418, text=TEAPOT)
            return answer()

        return handle

    def _updated_ms(self) -> int:
        return self._index.updated_ms(self._world.clock.now_ms())

    def _graph(self) -> web.Response:
        return _json(self._body(self._updated_ms()))

    def _current(self) -> web.Response:
        return _json(orjson.dumps(self._summary(self._updated_ms())))

    def _encoded(self, updated_ms: int) -> bytes:
        score = self._index.score(updated_ms)
        body: dict[str, Any] = {
            "fear_and_greed": self._summary(updated_ms),
            "fear_and_greed_historical": {
                "timestamp": float(updated_ms),
                "score": score,
                "rating": rating(score),
                "data": self._points(updated_ms, self._index.daily, score),
            },
        }
        for number, name in enumerate(_COMPONENTS):
            body[name] = self._component(number, name, updated_ms)
        return orjson.dumps(body)

    def _summary(self, updated_ms: int) -> dict[str, Any]:
        back = np.array([0, 7, 30, 365])
        close, week, month, year = self._index.daily(updated_ms // DAY_MS - back).tolist()
        score = self._index.score(updated_ms)
        return {
            "score": score,
            "rating": rating(score),
            "timestamp": utc(updated_ms).strftime("%Y-%m-%dT%H:%M:%S+00:00"),
            "previous_close": close,
            "previous_1_week": week,
            "previous_1_month": month,
            "previous_1_year": year,
        }

    def _component(self, number: int, name: str, updated_ms: int) -> dict[str, Any]:
        offset, typical, scatter = _COMPONENTS[name]
        score: float = round(min(100.0, max(0.0, self._index.score(updated_ms) + offset)), 1)
        if name in _WHOLE_SCORES:
            score = int(score)

        def raw(days: Days) -> Floats:
            return typical + scatter * self._world.chance.normal(name, days, number)

        latest = float(raw(np.array([updated_ms // 1000]))[0])
        return {
            "timestamp": float(updated_ms - 7000 * number),
            "score": score,
            "rating": rating(score),
            "data": self._points(updated_ms, raw, latest),
        }

    def _points(
        self, updated_ms: int, value: Callable[[Days], Floats], latest: float
    ) -> list[dict[str, Any]]:
        """A point for each working day, at 00:00 UTC; the last has the time of the update."""
        today = updated_ms // DAY_MS
        days = np.arange(today - _SERIES_DAYS, today + 1)
        # 1970 began on a Thursday.
        days = days[((days + 3) % 7 < SATURDAY) | (days == today)]
        points = list(zip((days * float(DAY_MS)).tolist(), value(days).tolist(), strict=True))
        points.append((float(updated_ms), latest))
        return [{"x": x, "y": y, "rating": rating(y)} for x, y in points]


def _broken() -> web.Response:
    return web.Response(status=500, text="Internal Server Error")


def _json(content: bytes) -> web.Response:
    return web.Response(
        body=content,
        content_type="application/json",
        headers={"ETag": f'W/"{zlib.crc32(content):08x}"'},
    )
