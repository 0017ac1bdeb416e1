"""The Fear & Greed index: when it was last updated, where it stands, where it stood each day."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.chance import Chance, Floats
from simulator.events import Plan
from simulator.plan import MINUTE_MS
from simulator.times import DAY_MS, utc

Days = NDArray[np.int64]

_FEAR, _GREED = 33.0, 66.0
_NOISE = 1.2
_PLANNED_STEP_MS = 5 * MINUTE_MS
_TRADING_STEP_MS = 10 * MINUTE_MS
_OPENS_MS, _CLOSES_MS = 13 * 3_600_000 + 30 * MINUTE_MS, 20 * 3_600_000
SATURDAY = 5
_LONGEST_REST_DAYS = 4
# Neutral holds both of its ends; the others end before the next one begins.
_FEAR_FROM, _NEUTRAL_FROM, _NEUTRAL_TO, _GREED_TO = 25, 45, 55, 75


@dataclass(frozen=True, slots=True)
class FearGreed:
    """The index moves in US trading hours, and where the plan says so; else it stands still."""

    plan: Plan
    chance: Chance

    def updated_ms(self, now_ms: int) -> int:
        """When the value of now was published."""
        return max(_trading_update(now_ms), self._planned_update(now_ms))

    def score(self, updated_ms: int) -> float:
        """The value that was published then."""
        noise = self.chance.normal("index", updated_ms // _PLANNED_STEP_MS, 0)[0]
        return round(self._level(updated_ms) + _NOISE * float(noise), 13)

    def daily(self, days: Days) -> Floats:
        """The values at 00:00 UTC of some days, counted from 1970."""
        wave = 24.0 * np.sin(2.0 * np.pi * days / 83.0)
        values: Floats = np.round(48.0 + wave + 4.0 * self.chance.normal("index day", days, 0), 13)
        for at in np.flatnonzero(days * DAY_MS // MINUTE_MS >= self.plan.start):
            values[at] = self.score(self.updated_ms(int(days[at]) * DAY_MS))
        return values

    def crypto_daily(self, day: int) -> int:
        """The other index, of crypto alone: a whole number for each day."""
        wave = 27.0 * np.sin(2.0 * np.pi * day / 71.0 + 1.0)
        return round(float(50.0 + wave + 5.0 * self.chance.normal("crypto day", day, 0)[0]))

    def _level(self, moment_ms: int) -> float:
        number = self.plan.number_at(moment_ms // MINUTE_MS)
        if number < 0:
            return _FEAR
        span = self.plan.regime(number)
        share = (moment_ms / MINUTE_MS - span.start) / (span.end - span.start)
        before, after = (_FEAR, _GREED) if number % 2 == 0 else (_GREED, _FEAR)
        return before + (after - before) * min(1.0, max(0.0, share))

    def _planned_update(self, now_ms: int) -> int:
        number = self.plan.number_at(now_ms // MINUTE_MS)
        if number < 0:
            return 0
        span = self.plan.regime(number)
        start_ms, end_ms = span.start * MINUTE_MS, span.end * MINUTE_MS
        if now_ms >= start_ms:
            return (
                start_ms + (min(now_ms, end_ms) - start_ms) // _PLANNED_STEP_MS * _PLANNED_STEP_MS
            )
        return self.plan.regime(number - 1).end * MINUTE_MS if number else 0


def _trading_update(now_ms: int) -> int:
    today = now_ms // DAY_MS * DAY_MS
    for back in range(_LONGEST_REST_DAYS):
        day_ms = today - back * DAY_MS
        if utc(day_ms).weekday() < SATURDAY and now_ms >= day_ms + _OPENS_MS:
            latest = min(now_ms, day_ms + _CLOSES_MS)
            return latest // _TRADING_STEP_MS * _TRADING_STEP_MS
    raise AssertionError("a week has working days")


def rating(score: float) -> str:
    """CNN's word for a score of 0 to 100."""
    if score < _FEAR_FROM:
        return "extreme fear"
    if score < _NEUTRAL_FROM:
        return "fear"
    if score <= _NEUTRAL_TO:
        return "neutral"
    return "greed" if score <= _GREED_TO else "extreme greed"
