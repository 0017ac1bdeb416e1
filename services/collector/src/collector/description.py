"""What `/sources` shows of each source, also while Kafka is away."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cointicker.times import to_text
from collector.budget import BudgetLeft
from collector.state import State


@dataclass(frozen=True, slots=True)
class SourceDescription:
    """One source now; times are UTC with `Z`, None where there was none yet.

    `next_poll_in_seconds` is None for one that is not polled, 0 while it is being polled.
    """

    name: str
    state: State
    why: str
    stands_in_for: str | None
    interval_seconds: float
    last_success_at: str | None
    newest_event_at: str | None
    next_poll_in_seconds: float | None
    budget: BudgetLeft


def document(sources: Iterable[SourceDescription], now: datetime) -> dict[str, object]:
    """The whole answer; `now` is what the ages of its times are to be measured against."""
    return {"now": to_text(now), "sources": list(sources)}


def text_of(moment: datetime | None) -> str | None:
    """A time as the answer has it."""
    return to_text(moment) if moment else None
