"""Upbit: the ticker of every KRW market, by its official REST interface."""

from typing import Annotated, ClassVar

from msgspec import Meta, Struct
from pydantic import Field

from cointicker.errors import InvalidMessage
from cointicker.times import from_ms
from collector.http import Http, Reply
from collector.items import Identity, Milliseconds, Page, decode, read
from collector.source import BaseUrl, Cursor, Source

Amount = Annotated[float, Meta(ge=0)]
# What changes without a trade: when the snapshot was taken, and sums over the last 24 hours.
_VOLATILE = frozenset({"timestamp", "acc_trade_price_24h", "acc_trade_volume_24h"})


class _Ticker(Struct):
    market: Annotated[str, Meta(pattern=r"^[A-Z0-9]{1,20}-[A-Z0-9._]{1,40}\Z")]
    trade_timestamp: Milliseconds
    timestamp: Milliseconds
    trade_price: Annotated[float, Meta(gt=0)]
    signed_change_rate: Annotated[float, Meta(ge=-1)]
    acc_trade_price: Amount
    acc_trade_price_24h: Amount
    acc_trade_volume: Amount
    acc_trade_volume_24h: Amount


class UpbitTrends(Source):
    """One request brings all markets. Limit: 10 requests/s by IP, and never with an Origin."""

    name: ClassVar[str] = "upbit_trends"
    topic: ClassVar[str] = "upbit_trends"

    base_url: BaseUrl = "https://api.upbit.com"
    interval_seconds: float = Field(default=1, gt=0)
    deadline_seconds: float = Field(default=5, gt=0)
    requests_per_second: float = Field(default=5, gt=0)

    async def fetch(self, http: Http, cursor: Cursor | None) -> Reply:
        """All tickers; there are no older ones."""
        del cursor
        url = f"{self.base_url}/v1/ticker/all?quote_currencies=KRW"
        return await http.get(url, {"Accept": "application/json"})

    def parse(self, body: bytes) -> Page:
        """One item a market, the fact being its last trade."""
        found = decode(body)
        if not isinstance(found, list):
            raise InvalidMessage("wrong_shape", "not a list")
        return read(found, _Ticker, _identify, _VOLATILE)


def _identify(ticker: _Ticker) -> Identity:
    trade_ms = int(ticker.trade_timestamp)
    return Identity(f"{ticker.market}:{trade_ms}", ticker.market, from_ms(trade_ms))
