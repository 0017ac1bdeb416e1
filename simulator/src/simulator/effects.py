"""What a planted event does to the path of one market, minute by minute."""

from dataclasses import dataclass

import numpy as np

from simulator.chance import Floats

Minutes = Floats


@dataclass(frozen=True, slots=True)
class Span:
    """Minutes since 1970 UTC, from `start` to before `end`."""

    start: int
    end: int

    def covers(self, minutes: Minutes) -> Floats:
        """1 inside, 0 outside."""
        return ((minutes >= self.start) & (minutes < self.end)).astype(np.float64)


@dataclass(frozen=True, slots=True)
class Bend:
    """Moves the log price along the points (minute, sigmas of one minute), straight in between."""

    points: tuple[tuple[int, float], ...]

    def sigmas(self, minutes: Minutes) -> Floats:
        """How many sigmas the price is moved at each minute; 0 before and after the points."""
        at, moved = zip(*self.points, strict=True)
        sigmas: Floats = np.interp(minutes, at, moved, left=0.0, right=0.0)
        return sigmas


@dataclass(frozen=True, slots=True)
class Hold:
    """Keeps the price where it is in `span`, then lets it glide back to its walk until `back`."""

    span: Span
    back: int

    def share(self, minutes: Minutes) -> Floats:
        """How much of the way back is left after the span: 1 at its end, 0 at `back`."""
        left = (self.back - minutes) / (self.back - self.span.end)
        return np.where(minutes < self.span.end, 0.0, np.clip(left, 0.0, 1.0))


@dataclass(frozen=True, slots=True)
class Effect:
    """What happens to the market in `row`; each part is optional."""

    row: int
    bend: Bend | None = None
    hold: Hold | None = None
    burst: tuple[Span, float] | None = None
    shake: tuple[Span, float] | None = None
