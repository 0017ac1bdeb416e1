"""A spool on a real file, whose disk fails when a test says so."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from collector.spool import FILE, Spool, open_spool

_LIMIT_BYTES = 1_000_000


class FailingConnection(sqlite3.Connection):
    """SQLite on a disk that fails, while `fails_to` says at what."""

    fails_to = ""

    def execute(self, sql: str, /, parameters: Any = ()) -> sqlite3.Cursor:
        self._fail(sql)
        return super().execute(sql, parameters)

    def executescript(self, sql_script: str, /) -> sqlite3.Cursor:
        self._fail(sql_script)
        return super().executescript(sql_script)

    def _fail(self, sql: str) -> None:
        if self.fails_to and self.fails_to in sql:
            raise sqlite3.OperationalError("disk I/O error")


def connect(directory: Path) -> FailingConnection:
    return sqlite3.connect(directory / FILE, check_same_thread=False, factory=FailingConnection)


@asynccontextmanager
async def failing(directory: Path) -> AsyncIterator[tuple[Spool, FailingConnection]]:
    """A spool, and what makes its disk fail."""
    opened = await asyncio.to_thread(open_spool, directory, _LIMIT_BYTES, datetime.now(UTC))
    await opened.close()
    connection = await asyncio.to_thread(connect, directory)
    spool = await asyncio.to_thread(Spool, connection, _LIMIT_BYTES)
    try:
        yield spool, connection
    finally:
        await spool.close()
