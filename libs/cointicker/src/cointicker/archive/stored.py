"""The lines of one partition's files, in the order of their offsets, each verified before use."""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import NamedTuple

from isal import isal_zlib

from cointicker.archive.layout import (
    ATTRIBUTE,
    GZIP,
    FileAttribute,
    FileName,
    ForeignFile,
    Layout,
    sha256_of,
)
from cointicker.archive.listing import hour_directory
from cointicker.archive.span import Span
from cointicker.errors import CoinTickerError, TransientError
from cointicker.files import Files, NotFound

# Compressed; unpacked it is some ten times as much.
_SLICE_BYTES = 32_768
_FRONT = re.compile(rb'\{"_offset":(\d+),"_timestamp":(-?\d+),')


class DamagedFile(CoinTickerError):
    """A file of the archive does not hold what its sink published: `cointicker audit` says more."""


class Kept(NamedTuple):
    """A record's line as it is kept, and what it is put in order by."""

    timestamp_ms: int
    partition: int
    text: bytes


@dataclass(frozen=True, slots=True)
class PartitionFiles:
    """The files of one partition, by first offset and hour, in order."""

    files: Files
    layout: Layout
    topic: str
    partition: int
    listed: Sequence[tuple[int, int]]

    async def lines(self, span: Span) -> AsyncGenerator[list[Kept], None]:
        """The lines of a span in order of offset, each offset once, a few thousand at a time.

        Files may overlap, as one that took the place of others beside them. Nothing is given of a
        damaged file. Raises DamagedFile, ForeignFile, TransientError.
        """
        given = -1
        for first, hour in self.listed:
            name = FileName(self.topic, self.partition, first)
            path = hour_directory(self.layout, self.topic, hour) / str(name)
            says = await self._attribute(path)
            if says.end <= given or not span.may_be_in(says):
                continue
            lines = _Lines(path, says, self.partition, after=given, span=span)
            chunks = lines.chunks(await self._body(path))
            while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
                if chunk:
                    yield chunk
            given = says.end

    async def _attribute(self, path: PurePosixPath) -> FileAttribute:
        try:
            value = await self.files.attribute(path, ATTRIBUTE)
        except NotFound as error:
            raise _moved(path) from error
        if value is None:
            raise ForeignFile(f"{path} has no attribute {ATTRIBUTE}: it cannot be verified")
        try:
            return FileAttribute.decode(value)
        except ForeignFile as error:
            raise ForeignFile(f"{path}: {error}") from error

    async def _body(self, path: PurePosixPath) -> bytes:
        try:
            return await self.files.read(path)
        except NotFound as error:
            raise _moved(path) from error


@dataclass(frozen=True, slots=True)
class _Lines:
    """What is wanted of one file: the records behind the offset `after`, of the span."""

    path: PurePosixPath
    says: FileAttribute
    partition: int
    after: int
    span: Span

    def chunks(self, body: bytes) -> Iterator[list[Kept]]:
        """The wanted lines, some hundred kilobytes at a time, none before all is verified."""
        if sha256_of(body) != self.says.sha256:
            raise DamagedFile(
                f"{self.path}: its {len(body)} bytes are not those that were published (sha256)"
            )
        for texts in self._unpack(memoryview(body)):
            yield list(self._wanted(texts))

    def _unpack(self, body: memoryview) -> Iterator[list[bytes]]:
        unpacking = isal_zlib.decompressobj(wbits=GZIP)
        rest = b""
        for start in range(0, len(body), _SLICE_BYTES):
            try:
                text = rest + unpacking.decompress(body[start : start + _SLICE_BYTES])
            except isal_zlib.error as error:  # type: ignore[misc]
                raise DamagedFile(f"{self.path}: cannot be unpacked: {error}") from error
            end = text.rfind(b"\n") + 1
            rest = text[end:]
            yield text[:end].splitlines(keepends=True)
        if rest or not unpacking.eof or unpacking.unused_data:
            raise DamagedFile(f"{self.path}: does not end where its gzip member ends")

    def _wanted(self, texts: Sequence[bytes]) -> Iterator[Kept]:
        after, start_ms, end_ms = self.after, self.span.start_ms, self.span.end_ms
        for text in texts:
            front = _FRONT.match(text)
            if front is None:
                raise DamagedFile(f"{self.path}: {text[:80]!r} is not the line of a record")
            timestamp_ms = int(front[2])
            if int(front[1]) > after and start_ms <= timestamp_ms < end_ms:
                yield Kept(timestamp_ms, self.partition, text)


def _moved(path: PurePosixPath) -> TransientError:
    return TransientError(f"{path} was moved away meanwhile: read again")
