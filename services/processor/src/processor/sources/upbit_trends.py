"""Upbit's tickers: each fact is a market at its last trade."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from cointicker.errors import InvalidMessage
from cointicker.processed import Market, Origin
from processor.coins import Coins
from processor.envelope import Amount, Envelope, Milliseconds

SOURCE = "upbit_trends"
VENUE = "upbit"
# Markets whose parts are remembered; there are some hundreds.
_MOST_REMEMBERED = 50_000


class Ticker(Struct):
    """A ticker as the source sends it, numbers with or without a point."""

    market: Annotated[str, Meta(max_length=61)]
    trade_timestamp: Milliseconds
    trade_price: Annotated[float, Meta(gt=0)]
    signed_change_rate: Annotated[float, Meta(ge=-1)]
    acc_trade_price: Amount
    acc_trade_price_24h: Amount
    acc_trade_volume: Amount
    acc_trade_volume_24h: Amount


decode = msgspec.json.Decoder(Envelope[Ticker]).decode


class Names:
    """The two parts of each market: what is traded, by its ticker of today, and for what."""

    def __init__(self, coins: Coins) -> None:
        self._coins = coins
        self._known: dict[str, tuple[str, str]] = {}

    def parts(self, market: str) -> tuple[str, str]:
        """Symbol and quote of a market, `KRW-BTC` gives BTC and KRW. Raises InvalidMessage."""
        known = self._known.get(market)
        if known is None:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            known = self._known[market] = self._split(market)
        return known

    def _split(self, market: str) -> tuple[str, str]:
        quote, _, base = market.partition("-")
        symbol = self._coins.current(base)
        if symbol is None or self._coins.current(quote) is None or market != market.upper():
            raise InvalidMessage("out_of_range", f"payload.market: {market!r}")
        return symbol, quote


def clean(
    ticker: Ticker, fact: str, revision: int, parts: tuple[str, str], origin: Origin
) -> Market:
    """The market at its last trade, in one of its versions."""
    return Market(
        id=fact,
        revision=revision,
        venue=VENUE,
        market=ticker.market,
        symbol=parts[0],
        quote=parts[1],
        price=ticker.trade_price,
        change_rate=ticker.signed_change_rate,
        volume_day=ticker.acc_trade_volume,
        turnover_day=ticker.acc_trade_price,
        volume_24h=ticker.acc_trade_volume_24h,
        turnover_24h=ticker.acc_trade_price_24h,
        event_at=datetime.fromtimestamp(ticker.trade_timestamp / 1000, UTC),
        origin=origin,
    )
