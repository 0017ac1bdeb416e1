"""How often a source may be asked: a bucket of tokens that fills at a steady rate."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BudgetLeft:
    """Requests that could be made at once, at most `burst`, and how fast they come back."""

    requests_left: float
    burst: int
    requests_per_second: float


class Budget:
    """Tokens for requests; all times are monotonic seconds."""

    def __init__(self, *, per_second: float, burst: int, now: float) -> None:
        self._per_second = per_second
        self._burst = float(burst)
        self._tokens = float(burst)
        self._at = now
        self._closed_until = now

    def take(self, now: float) -> float:
        """Take one token; how many seconds to wait before using it."""
        self._fill(now)
        self._tokens -= 1
        until_full = max(0.0, -self._tokens / self._per_second)
        return max(until_full, self._closed_until - now)

    def told(self, left: int, now: float) -> None:
        """The source said how many requests are left in this second: use no more than those."""
        self._fill(now)
        self._tokens = min(self._tokens, float(left))
        if left == 0:
            self._closed_until = max(self._closed_until, now + 1.0)

    def left(self, now: float) -> float:
        """The tokens that are there now."""
        self._fill(now)
        return max(0.0, self._tokens)

    def describe(self, now: float) -> BudgetLeft:
        """What there is, and what comes."""
        return BudgetLeft(self.left(now), int(self._burst), self._per_second)

    def _fill(self, now: float) -> None:
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._per_second)
        self._at = now
