"""What Kafka did not acknowledge, in a file: a record a line, with topic, key and time."""

import asyncio
import logging
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import orjson

from cointicker.errors import InvalidMessage
from cointicker.kafka.producer import Message

logger = logging.getLogger(__name__)


class _Line(msgspec.Struct):
    topic: str
    key: str
    timestamp_ms: int
    value: msgspec.Raw


class _Identity(msgspec.Struct):
    id: str


class UnsentFile:
    """Adds to a file, never replaces what is in it."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()

    async def keep(self, messages: Sequence[Message], why: str) -> None:
        """Keep them for good, and say which they are; what cannot be kept is logged whole."""
        lines = [_line(each) for each in messages]
        ids = ", ".join(id_of(each) for each in messages)
        try:
            await asyncio.to_thread(_append, self.path, lines)
        except OSError as error:
            whole = b"".join(lines).decode()
            logger.critical("%s; cannot be kept in %s (%s):\n%s", why, self.path, error, whole)
        else:
            logger.error("%s; kept %d records in %s: %s", why, len(messages), self.path, ids)


def read_unsent(path: Path) -> Iterator[Message]:
    """The records of a file. Raises InvalidMessage, which names the line, and OSError."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                found = msgspec.json.decode(line, type=_Line)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise InvalidMessage("wrong_line", f"{path}, line {number}: {error}") from error
            key, value = found.key.encode(), bytes(found.value)
            yield Message(found.topic, key, value, found.timestamp_ms)


def keep_only(path: Path, messages: Sequence[Message]) -> None:
    """Let the file hold these and no others: all at once, or as it was. Raises OSError."""
    beside = path.with_name(f"{path.name}.new")
    beside.unlink(missing_ok=True)
    _append(beside, [_line(each) for each in messages])
    beside.replace(path)


def id_of(message: Message) -> str:
    """The id of the record in a message."""
    return msgspec.json.decode(message.value or b"", type=_Identity).id


def _line(message: Message) -> bytes:
    key = (message.key or b"").decode()
    return b'{"topic":%b,"key":%b,"timestamp_ms":%d,"value":%b}\n' % (
        orjson.dumps(message.topic),
        orjson.dumps(key),
        message.timestamp_ms,
        message.value or b"null",
    )


def _append(path: Path, lines: Sequence[bytes]) -> None:
    with path.open("ab") as file:
        file.writelines(lines)
        file.flush()
        os.fsync(file.fileno())
