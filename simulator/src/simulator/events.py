"""The plan of all planted events: which scenes are played when, and on which markets.

Time from the clock's start on is cut into rounds of equal length. Each round plays the same scenes
on other markets, and ends as it began: prices are back on their walk.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from simulator.chance import Chance
from simulator.effects import Effect, Span
from simulator.names import Name
from simulator.plan import MINUTE_MS, Coverage, Event, Scene, Stage
from simulator.scenes import SCENES, fear_greed_regime, fear_greed_span
from simulator.ticks import tick_size

DEFAULT_ROUND_MINUTES = 240
# The markets of scenes are among the best known, with ticks that are small against their sigma.
_CAST_FROM = 40
_FINE_TICK = 3.1e-4
_KEPT_MINUTES = 1000


@dataclass(frozen=True, slots=True)
class Round:
    """One round: its scenes, and the markets that only its scenes may speak of."""

    scenes: tuple[Scene, ...]

    @property
    def rows(self) -> frozenset[int]:
        """The markets that are on stage; -1 stands for all."""
        return frozenset(scene.row for scene in self.scenes)


class Plan:
    """The rounds from `start_ms` on; before it nothing is planted."""

    def __init__(
        self, names: Sequence[Name], chance: Chance, start_ms: int, round_minutes: int
    ) -> None:
        self._names = names
        self._chance = chance
        self.start = start_ms // MINUTE_MS
        self.length = round_minutes
        prices = np.array([name.price for name in names[:_CAST_FROM]])
        self.cast = np.flatnonzero(tick_size(prices) / prices <= _FINE_TICK).tolist()
        self._covered = lru_cache(maxsize=_KEPT_MINUTES)(self._coverage)
        self.round = lru_cache(maxsize=8)(self._round)

    def number_at(self, minute: int) -> int:
        """The number of the round that this minute is in; negative before the first."""
        return (minute - self.start) // self.length

    def coverage(self, minute: int) -> list[Coverage]:
        """The planned news of this minute."""
        return self._covered(minute)

    def effects(self, first: int, last: int) -> list[Effect]:
        """What may move or burst between these minutes."""
        return [
            scene.effect
            for each in self.rounds(first, last)
            for scene in each.scenes
            if scene.effect
        ]

    def _coverage(self, minute: int) -> list[Coverage]:
        return [
            coverage
            for each in self.rounds(minute, minute)
            for scene in each.scenes
            for coverage in scene.coverage
            if coverage.start <= minute < coverage.end
        ]

    def events(self, first: int, last: int) -> list[Event]:
        """The events of the rounds that touch these minutes, in the order of their start."""
        found = [scene.event for each in self.rounds(first, last) for scene in each.scenes]
        return sorted(found, key=lambda event: (event.start_ms, event.kind, event.market))

    def rounds(self, first: int, last: int) -> list[Round]:
        """The rounds that touch these minutes."""
        numbers = range(max(0, self.number_at(first)), self.number_at(last) + 1)
        return [self.round(number) for number in numbers]

    def regime(self, number: int) -> Span:
        """When the Fear & Greed index changes sides in a round."""
        return fear_greed_span(self.start + number * self.length, self.length)

    def _round(self, number: int) -> Round:
        start = self.start + number * self.length
        drawn = sorted(self.cast, key=lambda row: self._chance.one("cast", row, number))
        scenes = [
            play(Stage(row, self._names[row].market, start, self.length))
            for play, row in zip(SCENES, drawn, strict=False)
        ]
        return Round((*scenes, fear_greed_regime(start, self.length)))
