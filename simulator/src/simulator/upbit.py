"""Upbit's quotation API over HTTP: tickers, markets, minute candles, with its limits and errors."""

import re
import zlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import orjson
from aiohttp import web

from simulator.candles import UNITS, Span, candles
from simulator.limits import RateLimit, Verdict
from simulator.tickers import Item, Tickers
from simulator.times import to_ms
from simulator.world import World

Answer = Callable[[web.Request], Any]
Handler = Callable[[web.Request], Awaitable[web.Response]]

_MOST_CANDLES = 200
_QUOTES = {"KRW", "BTC", "USDT"}
_GZIP_LEVEL = 1
_FIXED_HEADERS = {
    "Content-Type": "application/json;charset=UTF-8",
    "Cache-Control": "no-cache, no-store, max-age=0, must-revalidate",
    "Limit-By-Ip": "Yes",
    "Vary": "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
}
_NO_EVENT = {
    "warning": False,
    "caution": {
        "PRICE_FLUCTUATIONS": False,
        "TRADING_VOLUME_SOARING": False,
        "DEPOSIT_AMOUNT_SOARING": False,
        "GLOBAL_PRICE_DIFFERENCES": False,
        "CONCENTRATION_OF_SMALL_ACCOUNTS": False,
    },
}
_MISSING = (400, "Missing request parameter error. Check the required parameters!")
_INVALID = (400, "Invalid parameter. Check the given value!")
_MISTYPED = (400, "Type mismatch error. Check the parameters type!")
_UNKNOWN = (404, "Code not found")


class _Refused(Exception):
    """A request that the API answers with an error."""

    def __init__(self, error: tuple[int, str]) -> None:
        super().__init__(error[1])
        self.status, self.message = error


class Upbit:
    """The endpoints below `/upbit/v1`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._limit = RateLimit(world.settings.upbit_requests_per_second)
        self._tickers = Tickers(world.names)
        self._rows = {name.market: row for row, name in enumerate(world.names)}
        self._latest: tuple[int, list[Item]] = (-1, [])

    def routes(self) -> list[web.RouteDef]:
        """All endpoints, each with the group that its requests are counted in."""
        return [
            web.get("/upbit/v1/ticker/all", self._route("ticker", self._all_tickers)),
            web.get("/upbit/v1/ticker", self._route("ticker", self._some_tickers)),
            web.get("/upbit/v1/market/all", self._route("market", self._markets)),
            web.get("/upbit/v1/candles/minutes/{unit}", self._route("candles", self._candles)),
        ]

    def _route(self, group: str, answer: Answer) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            verdict = self._limit.judge(
                request.remote or "",
                group,
                self._world.clock.monotonic(),
                has_origin="Origin" in request.headers,
            )
            if not verdict.is_served:
                return _limited(verdict, group)
            try:
                status, body = 200, answer(request)
            except _Refused as error:
                status = error.status
                body = {"error": {"name": error.status, "message": error.message}}
            return self._respond(request, status, body, _remaining(group, verdict.left))

        return handle

    def _items(self) -> list[Item]:
        now_ms = self._world.clock.now_ms()
        if self._latest[0] != now_ms:
            snapshot = self._world.exchange.snapshot(now_ms)
            self._latest = (now_ms, self._tickers.items(snapshot, now_ms))
        return self._latest[1]

    def _all_tickers(self, request: web.Request) -> list[Item]:
        quotes = _required(request, "quote_currencies").split(",")
        if not set(quotes) <= _QUOTES:
            raise _Refused(_INVALID)
        return self._items() if "KRW" in quotes else []

    def _some_tickers(self, request: web.Request) -> list[Item]:
        rows = [self._row(market) for market in _required(request, "markets").split(",")]
        items = self._items()
        return [items[row] for row in rows]

    def _markets(self, request: web.Request) -> list[Item]:
        asked = request.query.get("is_details", request.query.get("isDetails", "false"))
        details = {"market_event": _NO_EVENT} if asked.lower() == "true" else {}
        return [
            {
                "market": name.market,
                "korean_name": name.korean,
                "english_name": name.english,
                **details,
            }
            for name in self._world.names
        ]

    def _candles(self, request: web.Request) -> list[Item]:
        now_ms = self._world.clock.now_ms()
        unit = _whole(request.match_info["unit"])
        count = _whole(request.query.get("count", "1"))
        if unit not in UNITS or not 1 <= count <= _MOST_CANDLES:
            raise _Refused(_INVALID)
        row = self._row(_required(request, "market"))
        to = request.query.get("to")
        span = Span(unit, count, _moment(to) if to else now_ms + 1, now_ms)
        world = self._world
        return candles(world.walk, world.trades, world.names[row], row, span)

    def _row(self, market: str) -> int:
        if market not in self._rows:
            raise _Refused(_UNKNOWN)
        return self._rows[market]

    def _respond(
        self, request: web.Request, status: int, body: Any, remaining: str
    ) -> web.Response:
        content = orjson.dumps(body)
        headers = {**_FIXED_HEADERS, "Remaining-Req": remaining}
        headers["ETag"] = f'W/"{zlib.crc32(content):08x}{len(content):x}"'
        if self._world.settings.gzip and "gzip" in request.headers.get("Accept-Encoding", ""):
            packer = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, zlib.MAX_WBITS | 16)
            content = packer.compress(content) + packer.flush()
            headers["Content-Encoding"] = "gzip"
        return web.Response(status=status, body=content, headers=headers)


def _limited(verdict: Verdict, group: str) -> web.Response:
    text = "Too many API requests."
    if verdict.wait_seconds:
        text = f"Too many API requests. Blocked for {verdict.wait_seconds} seconds."
    headers = {"Remaining-Req": _remaining(group, 0)}
    return web.Response(status=verdict.status, text=text, headers=headers)


def _remaining(group: str, left: int) -> str:
    return f"group={group}; min=600; sec={left}"


def _required(request: web.Request, name: str) -> str:
    value = request.query.get(name, "")
    if not value:
        raise _Refused(_MISSING)
    return value


def _whole(text: str) -> int:
    if not re.fullmatch(r"\d{1,6}", text):
        raise _Refused(_MISTYPED)
    return int(text)


def _moment(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise _Refused(_INVALID) from error
    return to_ms(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
