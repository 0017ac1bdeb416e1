"""What there is in the archive, by its directories and names alone."""

import asyncio
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import PurePosixPath
from typing import TypeVar

from cointicker.archive.layout import FileName, Layout
from cointicker.concurrency import task_group
from cointicker.files import Entry, Files, NotFound

Given = TypeVar("Given")
Found = TypeVar("Found")

_AT_ONCE = 4
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DATE = re.compile(r"dt=(\d{4}-\d\d-\d\d)", re.ASCII)
_HOUR = re.compile(r"hh=([01]\d|2[0-3])", re.ASCII)
_RAW, _OTHER = "raw", "other"


@dataclass(slots=True)
class Listed:
    """First offset and hour of each file, by partition; `strange` are names that are none of ours.

    Two numbers a file, as there may be very many: the rest of its path follows from them.
    """

    files: dict[int, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    strange: list[PurePosixPath] = field(default_factory=list)

    def hours(self) -> set[int]:
        """The hours in which files begin."""
        return {hour for files in self.files.values() for _, hour in files}


async def list_topics(files: Files, layout: Layout) -> dict[str, str]:
    """The topics of which something is kept, by the names that they are asked for with.

    A raw topic is named by its source, any other by its whole name.
    """
    topics: dict[str, str] = {}
    for kind, prefix in layout.kinds.items():
        for name in await _directories(files, layout.root / kind):
            topic = f"{prefix}.{name}"
            topics[name if kind == _RAW else topic] = topic
    topics |= {name: name for name in await _directories(files, layout.root / _OTHER)}
    return dict(sorted(topics.items()))


async def list_hours(files: Files, layout: Layout, topic: str, bounds: tuple[int, int]) -> Listed:
    """The files of a topic that begin in the hours within bounds, both included."""
    listed = Listed()
    hours = await _hours(files, layout.topic_directory(topic), bounds)
    for hour, entries in zip(hours, await _each(hours, _lister(files, layout, topic)), strict=True):
        for entry in entries:
            name = FileName.parse(entry.name)
            if name is None or name.topic != topic or str(name) != entry.name:
                listed.strange.append(hour_directory(layout, topic, hour) / entry.name)
            else:
                listed.files[name.partition].append((name.first, hour))
    for found in listed.files.values():
        found.sort()
    return listed


async def list_settled(files: Files, layout: Layout, topic: str, bounds: tuple[int, int]) -> Listed:
    """The same, and none is left out before the last one of its partition.

    A walk that is overtaken by a writer can show a file and miss the one before it. A second walk
    shows all files that were published before any of those that the first one showed.
    """
    seen = (await list_hours(files, layout, topic, bounds)).files
    listed = await list_hours(files, layout, topic, bounds)
    settled = {
        number: [file for file in listed.files[number] if file[0] <= seen[number][-1][0]]
        for number in seen
    }
    return Listed(settled, listed.strange)


def hour_directory(layout: Layout, topic: str, hour: int) -> PurePosixPath:
    """The directory of the files that begin in an hour, counted from 1970."""
    return layout.hour_directory(topic, hour * 3_600_000)


def start_of(hour: int) -> datetime:
    """When an hour begins, counted from 1970."""
    return _EPOCH + timedelta(hours=hour)


def _lister(files: Files, layout: Layout, topic: str) -> Callable[[int], Awaitable[list[Entry]]]:
    return lambda hour: _entries(files, hour_directory(layout, topic, hour))


async def _hours(files: Files, directory: PurePosixPath, bounds: tuple[int, int]) -> list[int]:
    """The hours within bounds that have a directory; a day out of bounds is not looked into."""
    first, last = bounds
    days = {}
    for name in await _directories(files, directory):
        match = _DATE.fullmatch(name)
        day = match and _day(match[1])
        if day is not None and first // 24 <= day <= last // 24:
            days[day] = directory / name
    found = await _each(days.values(), lambda path: _directories(files, path))
    hours = [
        day * 24 + int(match[1])
        for day, names in zip(days, found, strict=True)
        for match in map(_HOUR.fullmatch, names)
        if match
    ]
    return sorted(hour for hour in hours if first <= hour <= last)


def _day(text: str) -> int | None:
    try:
        return (date.fromisoformat(text) - _EPOCH.date()).days
    except ValueError:
        return None


async def _directories(files: Files, directory: PurePosixPath) -> list[str]:
    return [each.name for each in await _entries(files, directory) if each.is_directory]


async def _entries(files: Files, directory: PurePosixPath) -> list[Entry]:
    try:
        return await files.list_directory(directory)
    except NotFound:
        return []


async def _each(of: Iterable[Given], ask: Callable[[Given], Awaitable[Found]]) -> list[Found]:
    """The answer for each, in order; a few are asked for at once."""
    room = asyncio.Semaphore(_AT_ONCE)

    async def one(given: Given) -> Found:
        async with room:
            return await ask(given)

    async with task_group() as asking:
        tasks = [asking.create_task(one(each)) for each in of]
    return [task.result() for task in tasks]
