"""The paths of all markets: a random walk with planted effects, any hour of it on demand.

Every number is a function of (seed, market, time), so that no poll changes what another sees.
A day hangs between two anchors, its hours between those, its minutes between the hours.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.chance import Chance, Floats
from simulator.effects import Effect, Hold
from simulator.names import Name

Rows = NDArray[np.int64]
Effects = Callable[[int, int], Sequence[Effect]]

MINUTES = 60
HOURS = 24
_ANCHOR_SIGMA = 0.02
_HOUR_VOLUME_SIGMA = 0.04
_MINUTE_VOLUME_SIGMA = 0.25
_TOP_DAILY_TURNOVER = 3e11


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of some markets, a column for each of its 61 minute marks.

    `volume` and `turnover` are what was traded since the hour began.
    """

    log_price: Floats
    volume: Floats
    turnover: Floats


class Walk:
    """The path of each market; `sigma` is the standard deviation of a log return of a minute."""

    def __init__(self, names: Sequence[Name], chance: Chance, effects: Effects) -> None:
        self.chance = chance
        self._effects = effects
        self.rows: Rows = np.arange(len(names), dtype=np.int64)
        self._log_base = np.log(np.array([name.price for name in names]))
        self.sigma = 0.0006 + 0.0007 * chance.uniform("sigma", self.rows, 0)
        spread = np.exp(0.3 * chance.normal("turnover", self.rows, 0))
        daily = _TOP_DAILY_TURNOVER / (self.rows + 1.0) ** 0.8 * spread
        self._hourly_volume = daily / np.exp(self._log_base) / HOURS

    def hour(self, hour: int, rows: Rows | None = None) -> Hour:
        """The hour that began `hour` hours after 1970 UTC, of all markets or of `rows`."""
        rows = self.rows if rows is None else rows
        log_price = self._bare_path(hour, rows)
        weights = self._minute_volumes(hour, rows)
        for effect in self._effects(hour * MINUTES, (hour + 1) * MINUTES):
            for at in np.flatnonzero(rows == effect.row):
                log_price[at] += self._moved(effect, hour)
                weights[at] *= _burst(effect, hour)
        paid = weights * np.exp((log_price[:, :-1] + log_price[:, 1:]) / 2)
        return Hour(log_price, _running(weights), _running(paid))

    def _minute_volumes(self, hour: int, rows: Rows) -> Floats:
        minutes = hour * MINUTES + np.arange(MINUTES)
        noise = self.chance.normal("minute volume", rows[:, None], minutes[None, :])
        weights = np.exp(_MINUTE_VOLUME_SIGMA * noise)
        total = self._hourly_volume[rows] * np.exp(
            _HOUR_VOLUME_SIGMA * self.chance.normal("hour volume", rows, hour)
        )
        scaled: Floats = weights * (total / weights.sum(axis=1))[:, None]
        return scaled

    def _bare_path(self, hour: int, rows: Rows) -> Floats:
        start, end = self._hour_anchors(hour, rows)
        minutes = hour * MINUTES + np.arange(MINUTES)
        noise = self.chance.normal("minute", rows[:, None], minutes[None, :])
        return _pinned(noise * self.sigma[rows][:, None], start, end)

    def _hour_anchors(self, hour: int, rows: Rows) -> tuple[Floats, Floats]:
        day, index = divmod(hour, HOURS)
        noise = self.chance.normal("hour", rows[:, None], (day * HOURS + np.arange(HOURS))[None, :])
        steps = noise * (self.sigma[rows] * np.sqrt(MINUTES))[:, None]
        path = _pinned(steps, self._day_anchor(day, rows), self._day_anchor(day + 1, rows))
        return path[:, index], path[:, index + 1]

    def _day_anchor(self, day: int, rows: Rows) -> Floats:
        anchor: Floats = self._log_base[rows] + _ANCHOR_SIGMA * self.chance.normal("day", rows, day)
        return anchor

    def _moved(self, effect: Effect, hour: int) -> Floats:
        marks = hour * MINUTES + np.arange(MINUTES + 1.0)
        sigmas = np.zeros(MINUTES + 1)
        if effect.bend:
            sigmas += effect.bend.sigmas(marks)
        if effect.shake:
            span, size = effect.shake
            inner = span.covers(marks) * (marks > span.start)
            sigmas += size * inner * self.chance.normal("shake", effect.row, marks)
        moved: Floats = sigmas * self.sigma[effect.row]
        return moved + self._held(effect.row, effect.hold, hour) if effect.hold else moved

    def _held(self, row: int, hold: Hold, hour: int) -> Floats:
        marks = hour * MINUTES + np.arange(MINUTES + 1.0)
        kept = self._bare_at(row, hold.span.start)
        gap = kept - self._bare_at(row, hold.span.end)
        path = self._bare_path(hour, np.array([row]))[0]
        held: Floats = hold.span.covers(marks) * (kept - path) + hold.share(marks) * gap
        return held

    def _bare_at(self, row: int, minute: int) -> float:
        hour, mark = divmod(minute, MINUTES)
        return float(self._bare_path(hour, np.array([row]))[0, mark])


def _burst(effect: Effect, hour: int) -> Floats:
    if not effect.burst:
        return np.ones(MINUTES)
    span, factor = effect.burst
    return 1.0 + (factor - 1.0) * span.covers(hour * MINUTES + np.arange(MINUTES * 1.0))


def _pinned(steps: Floats, start: Floats, end: Floats) -> Floats:
    """A path of the given steps, tilted so that it leads from `start` to `end`."""
    path = _running(steps)
    tilt = np.arange(path.shape[1]) / (path.shape[1] - 1)
    missing = (end - start) - path[:, -1]
    pinned: Floats = start[:, None] + path + missing[:, None] * tilt[None, :]
    return pinned


def _running(steps: Floats) -> Floats:
    """Running sums, from 0."""
    return np.concatenate([np.zeros((steps.shape[0], 1)), np.cumsum(steps, axis=1)], axis=1)
