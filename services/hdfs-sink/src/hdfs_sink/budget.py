"""One bound for all that waits in memory: past it no more is fetched, and a file is closed."""

from collections.abc import Sequence
from typing import Protocol


class Holder(Protocol):
    """Who holds bytes."""

    @property
    def held_bytes(self) -> int:
        """All that it holds."""
        ...

    @property
    def body_bytes(self) -> int:
        """Of the file that it is filling."""
        ...

    def hold(self, is_held: bool) -> None:
        """Fetch nothing, or fetch again."""
        ...

    def rotate(self) -> None:
        """Close the file that is being filled."""
        ...


class Budget:
    """Holds everybody at the limit, and lets go when a part of it is free again."""

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self._free_again_bytes = limit_bytes * 3 // 4
        self._is_held = False

    def balance(self, holders: Sequence[Holder]) -> int:
        """Hold or release them all; the bytes that they hold together."""
        held = sum(each.held_bytes for each in holders)
        if held >= self.limit_bytes:
            self._is_held = True
            # Making files smaller than they were meant to be, rather than none at all.
            max(holders, key=lambda each: each.body_bytes).rotate()
        elif held <= self._free_again_bytes:
            self._is_held = False
        for each in holders:
            each.hold(self._is_held)
        return held
