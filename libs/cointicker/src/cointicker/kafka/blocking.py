"""What the blocking clients stand on: an event loop in a thread of its own."""

import atexit
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from anyio.from_thread import BlockingPortal, start_blocking_portal

from cointicker.errors import CoinTickerError


class NotConnected(CoinTickerError):
    """The client was not connected yet, or was closed."""


@contextmanager
def open_portal() -> Iterator[BlockingPortal]:
    """A loop that goes on while the caller's thread is busy, for heartbeats."""
    with start_blocking_portal(name="cointicker-kafka") as portal:
        yield portal


@contextmanager
def called_at_exit(close: Callable[[], None]) -> Iterator[None]:
    """A script that forgets to close ends all the same, and in order."""
    atexit.register(close)
    try:
        yield
    finally:
        atexit.unregister(close)
