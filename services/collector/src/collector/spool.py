"""Records on disk, in order, while Kafka is away: what was appended survives any crash."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from cointicker.errors import ConfigError, ContractViolation, TransientError
from cointicker.kafka.producer import Message
from collector import metrics

logger = logging.getLogger(__name__)

FILE = "spool.sqlite3"
# What a record takes beside its topic, key and value.
_OVERHEAD_BYTES = 32
# The file lives alone with this process: in WAL mode without the shared memory file, every commit
# synced before it is answered.
_SETUP = """
PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS message (
    position INTEGER PRIMARY KEY,
    topic TEXT NOT NULL,
    key BLOB,
    value BLOB,
    timestamp_ms INTEGER NOT NULL
);
"""
_SIZE = "coalesce(length(topic) + ifnull(length(key), 0) + ifnull(length(value), 0), 0)"

T = TypeVar("T")


class SpoolFull(TransientError):
    """The spool takes no more: nothing of the append was kept."""


@dataclass(frozen=True, slots=True)
class Spooled:
    """A record on disk."""

    position: int
    message: Message


class Spool:
    """An ordered, bounded queue in one file; only one process may have it open."""

    def __init__(self, connection: sqlite3.Connection, limit_bytes: int) -> None:
        self._connection = connection
        self._limit = limit_bytes
        # One thread, so that calls happen one after another and never on the event loop.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="spool")
        self.records: int
        self.bytes: int
        # Positions only grow while the process lives: one that is removed never comes again.
        self._next: int
        self.records, self.bytes, self._next = connection.execute(
            f"SELECT count(*), coalesce(sum({_SIZE} + {_OVERHEAD_BYTES}), 0),"
            " coalesce(max(position), 0) + 1 FROM message"
        ).fetchone()
        self._oldest_ms = self._first_timestamp()
        self._is_tidy = True

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return self.records == 0

    @property
    def is_full(self) -> bool:
        """Whether no more than a rest is free."""
        return self.bytes >= self._limit * 0.95

    @property
    def oldest_ms(self) -> int | None:
        """The timestamp of the first record, None if there is none."""
        return self._oldest_ms

    async def append(self, messages: Sequence[Message]) -> list[int]:
        """Put messages behind all others; their positions, once they are durable.

        All are kept, or none: raises SpoolFull, or TransientError if the disk fails.
        """
        size = sum(map(_size, messages))
        if self.bytes + size > self._limit:
            raise SpoolFull(f"{self.bytes} of {self._limit} bytes used, {size} more to keep")
        # Counted first: from now on everything queues behind these.
        self.records += len(messages)
        self.bytes += size
        try:
            positions = await self._call(lambda: self._append(messages))
        except TransientError:
            self.records -= len(messages)
            self.bytes -= size
            raise
        if self._oldest_ms is None:
            self._oldest_ms = messages[0].timestamp_ms
        metrics.SPOOLED.inc(len(messages))
        return positions

    async def first(self, limit_records: int, limit_bytes: int) -> list[Spooled]:
        """The records at the front, one at least if there is any."""
        return await self._call(lambda: self._first(limit_records, limit_bytes))

    async def remove(self, positions: Sequence[int]) -> None:
        """Forget records; those that are not there any more are left out. Raises TransientError."""
        await self._exchange(dict.fromkeys(positions))

    async def replace(self, letters: Mapping[int, Message]) -> None:
        """Put each message behind all others, in place of the record at its position.

        Both or neither, whatever the limit is; a message whose record is not there any more is
        left out. Raises TransientError.
        """
        await self._exchange(letters)

    async def close(self) -> None:
        """Wait for what is under way and let the file go."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._connection.close)
        self._thread.shutdown(wait=False)

    async def _exchange(self, letters: Mapping[int, Message | None]) -> None:
        records, size = await self._call(lambda: self._take_off(letters))
        # Before anything else can fail: what is off the disk must not be waited for.
        self.records += records
        self.bytes += size
        await self._tidy()

    async def _tidy(self) -> None:
        """See what is first now, and give room back; that it fails loses nothing."""
        try:
            self._oldest_ms = await self._call(self._first_timestamp)
            if self._oldest_ms is None:
                await self._call(self._shrink)
        except TransientError as error:
            if self._is_tidy:
                logger.warning("could not give back the room of what was sent: %s", error)
            self._is_tidy = False
            if self.is_empty:
                self._oldest_ms = None
        else:
            self._is_tidy = True

    async def _call(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except sqlite3.OperationalError as error:
            raise TransientError(f"the spool's disk failed: {error}") from error
        except sqlite3.DatabaseError as error:
            raise ContractViolation(f"the spool is damaged: {error}") from error

    def _append(self, messages: Sequence[Message]) -> list[int]:
        with self._connection:
            positions = self._insert(messages)
        self._next += len(messages)
        return positions

    def _insert(self, messages: Sequence[Message]) -> list[int]:
        positions = list(range(self._next, self._next + len(messages)))
        self._connection.executemany(
            "INSERT INTO message VALUES (?, ?, ?, ?, ?)",
            (
                (position, each.topic, each.key, each.value, each.timestamp_ms)
                for position, each in zip(positions, messages, strict=True)
            ),
        )
        return positions

    def _first(self, limit_records: int, limit_bytes: int) -> list[Spooled]:
        found: list[Spooled] = []
        with closing(
            self._connection.execute(
                "SELECT position, topic, key, value, timestamp_ms FROM message"
                " ORDER BY position LIMIT ?",
                (limit_records,),
            )
        ) as rows:
            for position, *fields in rows:
                message = Message(*fields)
                limit_bytes -= _size(message)
                if found and limit_bytes < 0:
                    break
                found.append(Spooled(position, message))
        return found

    def _take_off(self, letters: Mapping[int, Message | None]) -> tuple[int, int]:
        """Delete records, and insert what replaces them; by how much records and bytes changed."""
        size, removed, instead = 0, 0, list[Message]()
        with self._connection as connection:
            for position, letter in letters.items():
                for (own,) in connection.execute(
                    f"DELETE FROM message WHERE position = ? RETURNING {_SIZE}", (position,)
                ).fetchall():
                    removed += 1
                    size -= own + _OVERHEAD_BYTES
                    instead += [letter] if letter else []
            self._insert(instead)
        self._next += len(instead)
        return len(instead) - removed, size + sum(map(_size, instead))

    def _first_timestamp(self) -> int | None:
        row = self._connection.execute(
            "SELECT timestamp_ms FROM message ORDER BY position LIMIT 1"
        ).fetchone()
        return row[0] if row else None

    def _shrink(self) -> None:
        # As a script: `execute` would step this pragma once, and free one page.
        self._connection.executescript(
            "PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE);"
        )


def open_spool(directory: Path, limit_bytes: int, now: datetime) -> Spool:
    """The spool of a directory. A damaged file is set aside under a dated name, never deleted.

    Raises ConfigError if the directory cannot be used, or another process uses it.
    """
    path = directory / FILE
    try:
        directory.mkdir(parents=True, exist_ok=True)
        try:
            connection = _connect(path)
        except sqlite3.OperationalError as error:
            raise ConfigError([f"spool_directory: cannot use {path}: {error}"]) from error
        except sqlite3.DatabaseError as error:
            _set_aside(path, now, error)
            connection = _connect(path)
    except OSError as error:
        raise ConfigError([f"spool_directory: cannot use {directory}: {error}"]) from error
    return Spool(connection, limit_bytes)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=0.2, check_same_thread=False)
    try:
        connection.executescript(_SETUP)
        # Takes the lock for good, and shows a file that cannot be written.
        connection.executescript("BEGIN IMMEDIATE; COMMIT;")
        found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise sqlite3.DatabaseError(found)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _set_aside(path: Path, now: datetime, error: sqlite3.DatabaseError) -> None:
    aside = path.with_name(f"{path.name}.damaged-{now:%Y%m%dT%H%M%SZ}")
    for suffix in ("", "-wal"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    metrics.SPOOL_DAMAGED.inc()
    logger.error("set a damaged spool aside, its records are not sent: %s (%s)", aside, error)


def _size(message: Message) -> int:
    own = len(message.topic) + len(message.key or b"") + len(message.value or b"")
    return own + _OVERHEAD_BYTES
