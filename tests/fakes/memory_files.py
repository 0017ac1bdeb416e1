"""A NameNode in memory: the answers of HDFS, its durability, and the ways in which it fails.

An edit is durable once its call has been answered; one that was not answered can be seen at once,
and is gone after `crash()` unless a later call was answered.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Literal

from cointicker.files import AlreadyExists, Entry, NotFound, ParentMissing

Moment = Literal["before", "after"]
Interrupt = Callable[[Moment, str, PurePosixPath], Awaitable[None]]
_ROOT = PurePosixPath("/")


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    modified_ms: int
    attributes: dict[str, bytes] = field(default_factory=dict)


async def _never(_moment: Moment, _call: str, _path: PurePosixPath) -> None:
    pass


class MemoryFiles:
    """`Files` in memory.

    `interrupt` is awaited before and after the effect of every call, with the name of the method
    and its (first) path: raise in it for a refused call ("before") or a lost answer ("after"), wait
    in it for a stall. `calls` is what was asked for, in order.
    """

    def __init__(
        self, *, interrupt: Interrupt = _never, now_ms: Callable[[], int] = lambda: 0
    ) -> None:
        self.interrupt = interrupt
        self.calls: list[tuple[str, PurePosixPath]] = []
        self._now_ms = now_ms
        self._tree: dict[PurePosixPath, _File | None] = {_ROOT: None}
        self._durable = dict(self._tree)

    async def make_directory(self, path: PurePosixPath) -> None:
        await self._begin("make_directory", path)
        if isinstance(self._tree.get(path), _File):
            raise AlreadyExists(f"{path} is a file")
        if any(isinstance(self._tree.get(each), _File) for each in path.parents):
            raise ParentMissing(f"a parent of {path} is a file")
        for each in (path, *path.parents):
            self._tree[each] = None
        await self._answer("make_directory", path)

    async def create(self, path: PurePosixPath, body: bytes) -> None:
        await self._begin("create", path)
        if path in self._tree:
            raise AlreadyExists(str(path))
        self._need_parent(path)
        self._tree[path] = _File(bytes(body), self._now_ms())
        await self._answer("create", path)

    async def verify(self, path: PurePosixPath, body: bytes) -> bool:
        await self._begin("verify", path)
        matches = self._file(path).body == body
        await self.interrupt("after", "verify", path)
        return matches

    async def set_attribute(
        self, path: PurePosixPath, name: str, value: bytes, *, replace: bool
    ) -> None:
        await self._begin("set_attribute", path)
        file = self._file(path)
        if name in file.attributes and not replace:
            raise AlreadyExists(f"{name} of {path}")
        self._keep(path, {**file.attributes, name: bytes(value)})
        await self._answer("set_attribute", path)

    async def attribute(self, path: PurePosixPath, name: str) -> bytes | None:
        await self._begin("attribute", path)
        value = self._file(path).attributes.get(name)
        await self.interrupt("after", "attribute", path)
        return value

    async def rename(self, source: PurePosixPath, target: PurePosixPath) -> None:
        await self._begin("rename", source)
        if source not in self._tree:
            raise NotFound(str(source))
        if target in self._tree:
            raise AlreadyExists(str(target))
        self._need_parent(target)
        inside = [path for path in self._tree if path.is_relative_to(source)]
        for path in inside:
            self._tree[target / path.relative_to(source)] = self._tree.pop(path)
        await self._answer("rename", source)

    async def list_directory(self, path: PurePosixPath) -> list[Entry]:
        await self._begin("list_directory", path)
        if path not in self._tree or self._tree[path] is not None:
            raise NotFound(f"no directory {path}")
        entries = [
            Entry(each.name, file is None, len(file.body) if file else 0, _modified_ms(file))
            for each, file in self._tree.items()
            if each.parent == path and each != _ROOT
        ]
        await self.interrupt("after", "list_directory", path)
        return sorted(entries, key=lambda entry: entry.name)

    async def delete(self, path: PurePosixPath) -> bool:
        await self._begin("delete", path)
        inside = [each for each in self._tree if each.is_relative_to(path)]
        for each in inside:
            del self._tree[each]
        await self._answer("delete", path)
        return bool(inside)

    async def read(self, path: PurePosixPath) -> bytes:
        await self._begin("read", path)
        body = self._file(path).body
        await self.interrupt("after", "read", path)
        return body

    def crash(self) -> None:
        """Lose what was not durable, as a NameNode that is killed and comes back."""
        self._tree = dict(self._durable)

    def damage(self, path: PurePosixPath, body: bytes) -> None:
        """Replace the stored bytes of a file, as no call can: what an audit is to find."""
        self._tree[path] = replace(self._file(path), body=body)
        self._durable = dict(self._tree)

    def damage_attribute(self, path: PurePosixPath, name: str) -> None:
        """Take an attribute away, as no call of ours can."""
        kept = {key: v for key, v in self._file(path).attributes.items() if key != name}
        self._keep(path, kept)
        self._durable = dict(self._tree)

    def paths(self) -> list[PurePosixPath]:
        """Every file there is, sorted."""
        return sorted(path for path, file in self._tree.items() if file is not None)

    async def _begin(self, call: str, path: PurePosixPath) -> None:
        self.calls.append((call, path))
        await self.interrupt("before", call, path)

    async def _answer(self, call: str, path: PurePosixPath) -> None:
        """Answer a call that changed the tree: with that, all that happened so far is durable."""
        await self.interrupt("after", call, path)
        self._durable = dict(self._tree)

    def _file(self, path: PurePosixPath) -> _File:
        file = self._tree.get(path)
        if file is None:
            raise NotFound(f"no file {path}")
        return file

    def _keep(self, path: PurePosixPath, attributes: dict[str, bytes]) -> None:
        self._tree[path] = replace(self._file(path), attributes=attributes)

    def _need_parent(self, path: PurePosixPath) -> None:
        if path.parent not in self._tree or self._tree[path.parent] is not None:
            raise ParentMissing(str(path.parent))


def _modified_ms(file: _File | None) -> int:
    return file.modified_ms if file else 0
