"""Waiting between tries: doubling, capped, jittered; a success starts it anew."""

import random
from collections.abc import Callable


class Backoff:
    """Seconds to wait before each next try: a random part of a doubling, capped ceiling."""

    def __init__(
        self,
        first_seconds: float = 0.5,
        cap_seconds: float = 30.0,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._first = first_seconds
        self._cap = cap_seconds
        self._chance = chance
        self._ceiling = first_seconds

    def next_seconds(self) -> float:
        """How long to wait now: between half of the ceiling and the ceiling."""
        wait = self._ceiling * (0.5 + self._chance() / 2)
        self._ceiling = min(self._cap, self._ceiling * 2)
        return wait

    def reset(self) -> None:
        """Forget the failures: the last try succeeded."""
        self._ceiling = self._first
