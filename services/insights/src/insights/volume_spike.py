"""volume_spike: a minute's turnover against the usual minute of the last hour."""

from dataclasses import dataclass
from math import exp, log

from cointicker.times import from_ms
from insights.alarm import Alarm, Ladder
from insights.bars import MINUTE_MS, Bar
from insights.baseline import Level
from insights.records import Insight, Severity, insight_id, window
from insights.wording import volume_spike

_LEAST_RATIO = 5.0
_SCATTERS = 4.0
# In multiples of the ratio that is needed.
LADDER = Ladder(
    low=1.0, medium=1.6, high=2.4, critical=5.0, calm_below=0.5, cool_down_ms=30 * MINUTE_MS
)


@dataclass(frozen=True, slots=True)
class Spike:
    """A minute that is to be told: its turnover against the usual one, and what was needed."""

    severity: Severity
    ratio: float
    needed: float
    usual: float
    minutes: int


def find_spike(minute: Bar, level: Level, alarm: Alarm) -> Spike | None:
    """Whether this closed minute is to be told; then it becomes part of what is usual."""
    if minute.turnover <= 0.0:
        return None
    amount = log(minute.turnover)
    found = _judge(minute, amount, level, alarm) if level.is_known else None
    level.add(amount)
    return found


def _judge(minute: Bar, amount: float, level: Level, alarm: Alarm) -> Spike | None:
    ratio = exp(amount - level.mean)
    needed = max(_LEAST_RATIO, exp(_SCATTERS * level.scatter()))
    severity = alarm.look(LADDER, ratio / needed, minute.start + MINUTE_MS)
    if severity is None:
        return None
    return Spike(severity, ratio, needed, level.usual(), level.count)


def tell_spike(market: str, symbol: str, minute: Bar, spike: Spike, detected_ms: int) -> Insight:
    """The insight on this minute."""
    end = minute.start + MINUTE_MS
    return Insight(
        id=insight_id("volume_spike", market, minute.start, end),
        kind="volume_spike",
        market=market,
        symbol=symbol,
        severity=spike.severity,
        window=window(minute.start, end),
        value=spike.ratio,
        threshold=spike.needed,
        direction="up",
        summary=volume_spike(symbol, spike.ratio),
        evidence={
            "turnover": minute.turnover,
            "turnover_usual": spike.usual,
            "volume": minute.volume,
            "close": minute.close,
            "minutes": spike.minutes,
        },
        detected_at=from_ms(detected_ms),
    )
