"""Time as an argument, and work that ends when the service is asked to stop."""

import asyncio
import time
from collections.abc import Coroutine
from datetime import datetime
from typing import Any, Protocol, TypeVar

from cointicker.times import utc_now

T = TypeVar("T")


class Clock(Protocol):
    """The three uses of time."""

    def monotonic(self) -> float:
        """Seconds, for durations."""
        ...

    def utc(self) -> datetime:
        """The date, aware."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class SystemClock:
    """The machine's clock."""

    def monotonic(self) -> float:
        """Seconds, for durations."""
        return time.monotonic()

    def utc(self) -> datetime:
        """The date, aware."""
        return utc_now()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


async def unless(stop: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """The result of `work`; None if `stop` came first: then the work is cancelled."""
    working = asyncio.ensure_future(work)
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({working, stopped}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        stopped.cancel()
        working.cancel()
        await asyncio.gather(working, stopped, return_exceptions=True)
