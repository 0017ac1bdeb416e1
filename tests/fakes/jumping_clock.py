"""A clock that stands still until somebody sleeps, and then jumps: no test waits for it."""

import asyncio
from datetime import UTC, datetime, timedelta


class JumpingClock:
    """Time passes only by `sleep` and `jump`; `slept` has every wait."""

    def __init__(self, start: datetime = datetime(2026, 3, 11, 14, 41, tzinfo=UTC)) -> None:
        self._start = start
        self._seconds = 0.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self._seconds

    def utc(self) -> datetime:
        return self._start + timedelta(seconds=self._seconds)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._seconds += seconds
        await asyncio.sleep(0)

    def jump(self, seconds: float) -> None:
        self._seconds += seconds
