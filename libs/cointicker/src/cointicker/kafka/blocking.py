"""What the blocking clients stand on: an event loop in a thread of its own."""

import atexit
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from anyio.from_thread import BlockingPortal, start_blocking_portal

from cointicker.errors import CoinTickerError

logger = logging.getLogger(__name__)


@contextmanager
def open_portal() -> Iterator[BlockingPortal]:
    """A loop that goes on while the caller's thread is busy, for heartbeats."""
    with start_blocking_portal(name="cointicker-kafka") as portal:
        yield portal


@contextmanager
def called_at_exit(close: Callable[[], None]) -> Iterator[None]:
    """A script that forgets to close ends all the same. Only its own `close` tells what failed:
    at the exit it is logged, as nobody is there to catch it.
    """

    def close_and_log() -> None:
        try:
            close()
        except (CoinTickerError, RuntimeError) as error:  # RuntimeError: no new threads by then
            logger.warning("not closed in order at the end of the script: %r", error)

    atexit.register(close_and_log)
    try:
        yield
    finally:
        atexit.unregister(close_and_log)
