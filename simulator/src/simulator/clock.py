"""The simulator's own time: it starts in the past, runs fast, and is real time from now on."""

import time
from collections.abc import Callable
from typing import Protocol

from simulator.config import Settings


class Clock(Protocol):
    """Simulated time for what is served, real time for what is measured (rates, delays)."""

    @property
    def start_ms(self) -> int:
        """When simulated time began, in ms since 1970 UTC."""
        ...

    def now_ms(self) -> int:
        """Simulated time, in ms since 1970 UTC; never goes back."""
        ...

    def monotonic(self) -> float:
        """Real seconds from an arbitrary start."""
        ...


class RunningClock:
    """Starts `lead_seconds` ago, runs at `speed` until it reaches now, then stays at now."""

    def __init__(
        self,
        settings: Settings,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._speed = settings.speed
        self._lead_ms = settings.lead_seconds * 1000 if settings.speed > 1 else 0
        self._began_ms = int(wall() * 1000)
        self._began = monotonic()
        self._monotonic = monotonic

    @property
    def start_ms(self) -> int:
        """When simulated time began."""
        return self._began_ms - self._lead_ms

    def now_ms(self) -> int:
        """Simulated time: the fast time until real time is reached."""
        elapsed_ms = (self._monotonic() - self._began) * 1000
        fast = self.start_ms + int(elapsed_ms * self._speed)
        return min(fast, self._began_ms + int(elapsed_ms))

    def monotonic(self) -> float:
        """Real seconds."""
        return self._monotonic()
