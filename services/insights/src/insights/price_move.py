"""price_move: how far a price went within about a minute, in units of its usual minute."""

from dataclasses import dataclass
from math import log, sqrt

import msgspec

from cointicker.times import from_ms
from insights.alarm import Alarm, Ladder
from insights.bars import MINUTE_MS
from insights.baseline import Spread
from insights.records import Insight, Severity, insight_id, window
from insights.wording import price_move

LADDER = Ladder(
    low=6.0, medium=8.0, high=12.0, critical=20.0, calm_below=3.0, cool_down_ms=15 * MINUTE_MS
)
# Of each so many ms the last tick is remembered.
_STEP_MS = 5_000
_OLDEST_MS = 5 * MINUTE_MS


class Trail(msgspec.Struct, array_like=True):
    """The prices of the last minute, at most one in five seconds, oldest first."""

    times: list[int] = []
    prices: list[float] = []

    def add(self, at_ms: int, price: float) -> None:
        """Remember a tick that is no older than the last one, and forget what is too old."""
        times, prices = self.times, self.prices
        if times and times[-1] // _STEP_MS == at_ms // _STEP_MS:
            times[-1], prices[-1] = at_ms, price
        else:
            times.append(at_ms)
            prices.append(price)
        while len(times) > 1 and times[1] <= at_ms - MINUTE_MS:
            del times[0], prices[0]

    def is_comparable(self, at_ms: int) -> bool:
        """Whether there is a price of a minute ago, and not of much longer."""
        return bool(self.times) and MINUTE_MS <= at_ms - self.times[0] <= _OLDEST_MS


@dataclass(frozen=True, slots=True)
class Move:
    """A move that is to be told: from when to when, between which prices, by how many sigmas."""

    severity: Severity
    size: float
    from_ms: int
    to_ms: int
    from_price: float
    to_price: float
    sigma: float
    returns: int


def find_move(trail: Trail, spread: Spread, alarm: Alarm, at_ms: int, price: float) -> Move | None:
    """Whether the newest tick ends a move that is to be told; `trail` holds it already."""
    if not spread.is_known or not trail.is_comparable(at_ms):
        return None
    since_ms, since_price = trail.times[0], trail.prices[0]
    minutes = (at_ms - since_ms) / MINUTE_MS
    size = abs(log(price / since_price)) / (spread.sigma() * sqrt(minutes))
    severity = alarm.look(LADDER, size, at_ms)
    if severity is None:
        return None
    sigma, returns = spread.sigma(), spread.count
    return Move(severity, size, since_ms, at_ms, since_price, price, sigma, returns)


def tell_move(market: str, symbol: str, move: Move, detected_ms: int) -> Insight:
    """The insight on this move."""
    seconds = (move.to_ms - move.from_ms) / 1000
    change = move.to_price / move.from_price - 1.0
    return Insight(
        id=insight_id("price_move", market, move.from_ms, move.to_ms),
        kind="price_move",
        market=market,
        symbol=symbol,
        severity=move.severity,
        window=window(move.from_ms, move.to_ms),
        value=move.size,
        threshold=LADDER.low,
        direction="up" if change > 0 else "down",
        summary=price_move(symbol, change, seconds, move.size),
        evidence={
            "change": change,
            "price": move.to_price,
            "price_before": move.from_price,
            "seconds": seconds,
            "sigma_1m": move.sigma,
            "returns": move.returns,
        },
        detected_at=from_ms(detected_ms),
    )
