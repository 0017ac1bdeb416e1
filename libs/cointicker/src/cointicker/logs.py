"""Logs: JSON on stdout, one line an event; a client library that storms is held back."""

import logging
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType

import orjson

from cointicker.times import to_text

_STORMY = {"aiokafka", "urllib3", "hdfs"}
_QUIET_SECONDS = 10.0


class JsonFormatter(logging.Formatter):
    """One JSON object a record: at, level, service, logger, message, and error if there is one."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        fields = {
            "at": to_text(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname,
            "service": self._service,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            fields["error"] = self.formatException(record.exc_info)
        return orjson.dumps(fields).decode()


class StormFilter(logging.Filter):
    """Lets one line of a kind through every few seconds, with the number of those held back.

    aiokafka logs hundreds of lines a second while its brokers are away.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._seen: dict[tuple[str, int], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is written."""
        if record.name.partition(".")[0] not in _STORMY:
            return True
        kind = (record.name, record.lineno)
        last, held = self._seen.get(kind, (float("-inf"), 0))
        now = self._clock()
        if now - last < _QUIET_SECONDS:
            self._seen[kind] = (last, held + 1)
            return False
        self._seen[kind] = (now, 0)
        if held:
            record.msg = f"{record.msg} (and {held} more like it)"
        return True


def configure_logs(service: str, level: str) -> None:
    """Send every log line of the process to stdout as JSON, an uncaught exception included."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter(service))
    handler.addFilter(StormFilter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for chatty in ("aiohttp.access", "hdfs"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    logger = logging.getLogger(service)

    def log_uncaught(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        logger.critical("stopped by an unexpected error", exc_info=(kind, error, trace))

    sys.excepthook = log_uncaught
