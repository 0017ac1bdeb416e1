"""The archive that the settings name, opened: with `async with`, or with `with` for scripts."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TypedDict, Unpack

from anyio.from_thread import start_blocking_portal

from cointicker.archive.blocking import Archive
from cointicker.archive.layout import Layout
from cointicker.archive.reader import AsyncArchive
from cointicker.settings import ArchiveSettings
from cointicker.webhdfs import Timeouts, open_webhdfs

TIMEOUT_SECONDS = 60.0


class Given(TypedDict, total=False):
    """The settings that an archive is found by: arguments over environment over file."""

    hdfs_namenode: str
    hdfs_web_port: int
    hdfs_user: str
    hdfs_root: str
    kafka_topic_prefix: str
    config_file: str | Path


@asynccontextmanager
async def open_async_archive(
    *, timeout_seconds: float = TIMEOUT_SECONDS, **given: Unpack[Given]
) -> AsyncIterator[AsyncArchive]:
    """The archive for asyncio; every call to HDFS has ended within the timeout.

    Nothing is sent before the first call. Raises ConfigError with all that is wrong.
    """
    settings = await asyncio.to_thread(_settings, given)  # it reads a file
    addresses = settings.namenodes()
    async with open_webhdfs(
        addresses, settings.hdfs_user, timeouts=_timeouts(timeout_seconds)
    ) as files:
        layout = Layout.of(settings.hdfs_root, settings.kafka_topic_prefix)
        archive = AsyncArchive(files, layout, ",".join(addresses))
        try:
            yield archive
        finally:
            await archive.close()


@contextmanager
def open_archive(
    *, timeout_seconds: float = TIMEOUT_SECONDS, **given: Unpack[Given]
) -> Iterator[Archive]:
    """The archive for scripts and notebooks: the same, and every call waits for its answer."""
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(
            open_async_archive(timeout_seconds=timeout_seconds, **given)
        ) as archive,
    ):
        blocking = Archive(portal, archive)
        try:
            yield blocking
        finally:
            blocking.close()


def _settings(given: Given) -> ArchiveSettings:
    unknown = given.keys() - Given.__annotations__
    if unknown:
        known = ", ".join(Given.__annotations__)
        raise TypeError(f"no setting of an archive: {', '.join(sorted(unknown))} (known: {known})")
    return ArchiveSettings.read(**given)


def _timeouts(seconds: float) -> Timeouts:
    usual = Timeouts()
    return Timeouts(min(usual.connect_seconds, seconds), min(usual.read_seconds, seconds), seconds)
