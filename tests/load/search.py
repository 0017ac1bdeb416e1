"""The highest rate that is borne: doubled until one is not, then halved in between. Pure."""

from math import sqrt

_CLOSE_ENOUGH = 1.15


class Search:
    """Asks for rates one after the other; `best` is the highest that was borne."""

    def __init__(self, first: float, most: float) -> None:
        self._next = first
        self._most = most
        self._refused: float | None = None
        self.best: float | None = None

    def next_rate(self) -> float | None:
        """The rate to try now, None at the end."""
        if self._refused is None:
            return self._next if self._next <= self._most else None
        if self.best is None:
            return self._next if self._next >= 1 else None
        if self._refused / self.best < _CLOSE_ENOUGH:
            return None
        return sqrt(self.best * self._refused)

    def tell(self, rate: float, *, was_borne: bool) -> None:
        """How it went."""
        if was_borne:
            self.best = rate
            self._next = 2 * rate
        else:
            self._refused = rate
            self._next = rate / 2
