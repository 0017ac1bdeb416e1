"""The words of the plan: an event and what is expected of it, and what makes it happen."""

from dataclasses import dataclass
from typing import Any

from simulator.effects import Effect
from simulator.times import text_z

MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Event:
    """One planted event, in ms since 1970 UTC.

    `expects` are the kinds of insights that must come of it, `forbids` those that must not, for
    this market between `start_ms` and `end_ms`; whatever is in neither may come or not.
    """

    kind: str
    market: str
    start_ms: int
    end_ms: int
    expects: tuple[str, ...]
    forbids: tuple[str, ...]
    note: str

    def as_json(self) -> dict[str, Any]:
        """The event with its times as text."""
        return {
            "kind": self.kind,
            "market": self.market,
            "start": text_z(self.start_ms),
            "end": text_z(self.end_ms),
            "expects": list(self.expects),
            "forbids": list(self.forbids),
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class Coverage:
    """News of one tone about one market, one each `every_seconds` in [start, end) of minutes."""

    row: int
    tone: str
    start: int
    end: int
    every_seconds: int


@dataclass(frozen=True, slots=True)
class Scene:
    """An event with what makes it happen; `row` is its market, -1 stands for all."""

    row: int
    event: Event
    effect: Effect | None = None
    coverage: tuple[Coverage, ...] = ()


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a scene is played: a market, and a round of `length` minutes from `start`."""

    row: int
    market: str
    start: int
    length: int

    def at(self, share: float) -> int:
        """The minute at this share of the round."""
        return self.start + round(share * self.length)
