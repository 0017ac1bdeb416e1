"""The lists of jars: what is wanted (`jars.txt`), and what exactly that is (`jars.lock`)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from local.errors import StackError

_SHA256 = re.compile(r"[0-9a-f]{64}")
_COORDINATES = re.compile(r"[\w.-]+:[\w.-]+(:jar:[\w.-]+)?:[\w.-]+")
_HEADER = "# Written by `make lock-jars`. One jar a line: Maven coordinates, SHA-256.\n"


@dataclass(frozen=True, slots=True, order=True)
class Jar:
    """One file of a Maven repository; `coordinates` are group:artifact[:jar:classifier]:version."""

    coordinates: str
    sha256: str

    @property
    def classifier(self) -> str:
        """The variant of the artifact, empty for its usual jar."""
        fields = self.coordinates.split(":")
        return fields[3] if len(fields) == 5 else ""  # noqa: PLR2004

    @property
    def path(self) -> PurePosixPath:
        """Where a Maven repository keeps it."""
        group, artifact, *_, version = self.coordinates.split(":")
        suffix = f"-{self.classifier}" if self.classifier else ""
        name = f"{artifact}-{version}{suffix}.jar"
        return PurePosixPath(*group.split("."), artifact, version, name)


def read_wanted(path: Path) -> list[str]:
    """The coordinates of a `jars.txt`, in its order."""
    return [coordinates for _, coordinates in _lines(path)]


def read_lock(path: Path) -> list[Jar]:
    """The jars of a `jars.lock`, in its order, which is that of the class path."""
    return [_parse(path, number, line) for number, line in _lines(path)]


def format_lock(jars: Iterable[Jar]) -> str:
    """The text of a `jars.lock`."""
    return _HEADER + "".join(f"{jar.coordinates} {jar.sha256}\n" for jar in jars)


def _lines(path: Path) -> list[tuple[int, str]]:
    lines = enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
    return [(number, line) for number, line in lines if line and not line.startswith("#")]


def _parse(path: Path, number: int, line: str) -> Jar:
    coordinates, _, sha256 = line.partition(" ")
    if not _COORDINATES.fullmatch(coordinates) or not _SHA256.fullmatch(sha256):
        where = f"{path.parent.name}/{path.name}, line {number}"
        raise StackError(f"{where} is not 'coordinates sha256': {line!r}: run make lock-jars")
    return Jar(coordinates, sha256)
