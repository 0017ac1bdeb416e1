"""The settings that shape the names of a topic's files: stored once, and never other ones."""

from collections.abc import Callable
from pathlib import PurePosixPath

import msgspec

from cointicker.archive import SEEN_ATTRIBUTE, SUFFIX, Layout
from cointicker.files import AlreadyExists, Files, NotFound
from hdfs_sink.protocol import Patience, Refused, surely


class Pledge(msgspec.Struct, frozen=True):
    """What must never change below a root, for a topic."""

    cluster_id: str
    time_zone: str = "UTC"
    format: str = SUFFIX.removeprefix(".")
    isolation: str = "read_committed"

    def check(self, topic: str, stored: "Pledge") -> None:
        """Raises Refused if the topic was written with other settings."""
        if stored != self:
            raise Refused("other_settings", f"{topic} was written with {stored}, not {self}")


class Pledges:
    """Keeps the word given for each topic."""

    def __init__(
        self, files: Files, layout: Layout, pledge: Pledge, new_id: Callable[[], str]
    ) -> None:
        self._files = files
        self._layout = layout
        self._pledge = pledge
        self._new_id = new_id
        self._kept: set[str] = set()

    async def keep(self, topic: str, patience: Patience) -> None:
        """Store the settings of a topic, or find the same ones stored. Raises Refused."""
        if topic in self._kept:
            return
        path = self._layout.settings(topic)
        stored = await surely(patience, lambda: self._read(path))
        if stored is None:
            await surely(patience, lambda: self._publish(path))
            stored = await surely(patience, lambda: self._read(path))
        if stored is not None:
            self._pledge.check(topic, stored)
            self._kept.add(topic)

    async def broken(self, is_ours: Callable[[str], bool]) -> list[str]:
        """What speaks against starting: topics of ours that were written with other settings."""
        problems = []
        for topic in await self._topics():
            stored = await self._read(self._layout.settings(topic)) if is_ours(topic) else None
            if stored is not None and stored != self._pledge:
                problems.append(f"{topic}: was written with {stored} (now {self._pledge})")
        return problems

    async def _topics(self) -> list[str]:
        try:
            entries = await self._files.list_directory(self._layout.root / "_settings")
        except NotFound:
            return []
        return [each.name.removesuffix(".json") for each in entries if each.name.endswith(".json")]

    async def _read(self, path: PurePosixPath) -> Pledge | None:
        """The stored settings, behind the barrier."""
        try:
            await self._files.set_attribute(path, SEEN_ATTRIBUTE, b"1", replace=True)
            return msgspec.json.decode(await self._files.read(path), type=Pledge)
        except NotFound:
            return None
        except msgspec.DecodeError as error:
            raise Refused("other_settings", f"{path} is not ours: {error}") from error

    async def _publish(self, path: PurePosixPath) -> None:
        """By rename, so that nobody reads half of it, and the first one to do it wins."""
        unfinished = path.with_name(f"{path.name}-{self._new_id()}")
        await self._files.make_directory(path.parent)
        await self._files.create(unfinished, msgspec.json.encode(self._pledge))
        try:
            await self._files.rename(unfinished, path)
        except (AlreadyExists, NotFound):
            await self._files.delete(unfinished)
