"""What a check found, and what is to be done about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

_SHOWN = 3
ASK_LONGER = "ask again with more time: --deadline-seconds 30"

Outcome = Literal["ok", "warn", "failed", "not_looked_at"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor: `remedy` is given wherever the outcome is `warn` or `failed`."""

    name: str
    outcome: Outcome
    found: str
    remedy: str | None = None


def some(lines: Iterable[str]) -> str:
    """The first few of them, and how many more there are: a finding is one line."""
    listed = list(lines)
    more = f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
    return "; ".join(listed[:_SHOWN]) + more


def ok(name: str, found: str) -> Finding:
    """All is as it should be."""
    return Finding(name, "ok", found)


def warn(name: str, found: str, remedy: str) -> Finding:
    """It works, and will not for ever."""
    return Finding(name, "warn", found, remedy)


def failed(name: str, found: str, remedy: str) -> Finding:
    """It does not work."""
    return Finding(name, "failed", found, remedy)


def not_looked_at(name: str, why: str) -> Finding:
    """Nothing can be said of it: what it is asked through is away, which has a line of its own."""
    return Finding(name, "not_looked_at", f"not looked at: {why}")
