"""One pass over the archive: begun at the first call, ended by its last record, or by a close."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Generic, TypeVar

from cointicker.archive.merge import Merged
from cointicker.archive.stored import Kept
from cointicker.errors import TransientError

Form = TypeVar("Form")
_CLOSED = "the archive was closed, or this pass over it"

Begin = Callable[[], Awaitable[tuple[str, Merged]]]


class Reading(Generic[Form]):
    """Records in order, about a thousand at a time, in the form that `form` makes of their lines.

    `begin` finds the topic and its lines; `address` is named where HDFS does not answer.
    """

    def __init__(
        self, begin: Begin, form: Callable[[str, Sequence[Kept]], Form], address: str
    ) -> None:
        self._begin = begin
        self._form = form
        self._address = address
        self._topic = ""
        self._lines: Merged | None = None
        self.closed = False

    async def next(self) -> Form | None:
        """The next ones; None at the end."""
        if self.closed:
            raise RuntimeError(_CLOSED)
        with naming(self._address):
            if self._lines is None:
                self._topic, self._lines = await self._begin()
                if self.closed:
                    await self._lines.close()
                    raise RuntimeError(_CLOSED)
            lines = await self._lines.next()
        if not lines:
            return None
        # Off the event loop: it is the most work of all.
        return await asyncio.to_thread(self._form, self._topic, lines)

    async def all(self) -> AsyncGenerator[Form, None]:
        """All of them, and closed at the end, however it comes."""
        try:
            while (formed := await self.next()) is not None:
                yield formed
        finally:
            await self.close()

    async def close(self) -> None:
        """Leave nothing running. May be called twice."""
        self.closed = True
        if self._lines is not None:
            await self._lines.close()


@contextmanager
def naming(address: str) -> Iterator[None]:
    """Say which HDFS it is that does not answer."""
    try:
        yield
    except TransientError as error:
        raise TransientError(f"HDFS at {address}: {error}") from error
