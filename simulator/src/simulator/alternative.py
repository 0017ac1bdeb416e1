"""alternative.me's crypto Fear & Greed index over HTTP: every value a string."""

from typing import Any

import orjson
from aiohttp import web

from simulator.fear_greed import rating
from simulator.times import DAY_MS
from simulator.world import World

_FIRST_DAY = 17_563  # 2018-02-01


class Alternative:
    """The endpoint `/alternative/fng/`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        """The endpoint with and without its slash."""
        return [web.get(path, self._index) for path in ("/alternative/fng/", "/alternative/fng")]

    async def _index(self, request: web.Request) -> web.Response:
        now_ms = self._world.clock.now_ms()
        limit = request.query.get("limit", "1")
        if not limit.isascii() or not limit.isdigit():
            return _respond([], "limit must be a number")
        today = now_ms // DAY_MS
        days = today - _FIRST_DAY + 1
        count = min(int(limit), days) or days
        points = [self._point(day) for day in range(today, today - count, -1)]
        points[0]["time_until_update"] = str((DAY_MS - now_ms % DAY_MS) // 1000)
        return _respond(points, None)

    def _point(self, day: int) -> dict[str, str]:
        value = self._world.fear_greed.crypto_daily(day)
        return {
            "value": str(value),
            "value_classification": rating(value).title(),
            "timestamp": str(day * DAY_MS // 1000),
        }


def _respond(points: list[dict[str, str]], error: str | None) -> web.Response:
    body: dict[str, Any] = {
        "name": "Fear and Greed Index",
        "data": points,
        "metadata": {"error": error},
    }
    return web.Response(body=orjson.dumps(body), content_type="application/json")
