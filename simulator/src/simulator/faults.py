"""Which source is to misbehave, how, and for how many requests."""

from dataclasses import dataclass
from typing import Any

SOURCES = ("upbit", "coinness", "saveticker", "perplexity", "cnn", "alternative")
KINDS = (
    "429",
    "418",
    "403",
    "500",
    "hang",
    "reset",
    "truncated",
    "wrong_type",
    "empty",
    "slow",
    "failed",
)
# Only the Agent API says in a good answer that it failed.
_ONLY = {"failed": "perplexity"}
_DEFAULT_SLOW_SECONDS = 5.0
_LONGEST_SECONDS = 600.0
_MOST_REQUESTS = 1_000_000


class BadFault(Exception):
    """A fault that cannot be switched on; says which field, which value, and what is allowed."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to misbehave: for the next `count` requests, or until it is switched off.

    `seconds` is the delay of a slow answer.
    """

    kind: str
    count: int | None = None
    seconds: float = _DEFAULT_SLOW_SECONDS

    def as_json(self) -> dict[str, Any]:
        """What the admin endpoint shows."""
        shown: dict[str, Any] = {"kind": self.kind, "count": self.count}
        return {**shown, "seconds": self.seconds} if self.kind == "slow" else shown


class Faults:
    """The faults that are switched on, at most one for each source."""

    def __init__(self) -> None:
        self._on: dict[str, Fault] = {}

    def switch_on(self, source: str, fault: Fault) -> None:
        """Let `source` misbehave from its next request on."""
        self._on[source] = fault

    def switch_off(self, source: str) -> None:
        """Let `source` behave again."""
        self._on.pop(source, None)

    def take(self, source: str) -> Fault | None:
        """What the next request of `source` meets; counts it."""
        fault = self._on.get(source)
        if fault and fault.count is not None:
            if fault.count == 1:
                del self._on[source]
            else:
                self._on[source] = Fault(fault.kind, fault.count - 1, fault.seconds)
        return fault

    def as_json(self) -> dict[str, Any]:
        """What is on, by source."""
        return {source: fault.as_json() for source, fault in self._on.items()}


def check_source(source: str) -> str:
    """The name of a source. Raises BadFault."""
    if source not in SOURCES:
        raise BadFault(_complaint("source", source, f"one of {', '.join(SOURCES)}"))
    return source


def parse_fault(source: str, body: Any) -> Fault:
    """The fault that a request asks for. Raises BadFault."""
    check_source(source)
    if not isinstance(body, dict):
        raise BadFault(_complaint("body", body, "a JSON object with kind, count, seconds"))
    unknown = sorted(set(body) - {"kind", "count", "seconds"})
    if unknown:
        raise BadFault(_complaint(unknown[0], body[unknown[0]], "fields kind, count, seconds"))
    allowed = [kind for kind in KINDS if _ONLY.get(kind, source) == source]
    kind = body.get("kind")
    if kind not in allowed:
        raise BadFault(_complaint("kind", kind, f"one of {', '.join(allowed)}"))
    return Fault(str(kind), _count(body.get("count")), _seconds(body))


def _count(value: Any) -> int | None:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if value is None or (is_whole and 1 <= value <= _MOST_REQUESTS):
        return value  # type: ignore[no-any-return]
    raise BadFault(_complaint("count", value, f"null or a whole number from 1 to {_MOST_REQUESTS}"))


def _seconds(body: dict[str, Any]) -> float:
    value = body.get("seconds", _DEFAULT_SLOW_SECONDS)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and 0 < value <= _LONGEST_SECONDS:
        return float(value)
    raise BadFault(_complaint("seconds", value, f"a number above 0, at most {_LONGEST_SECONDS:g}"))


def _complaint(field: str, value: Any, allowed: str) -> str:
    return f"{field}: got {value!r}, allowed: {allowed}"
