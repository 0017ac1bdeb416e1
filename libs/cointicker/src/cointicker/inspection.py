"""What an audit checks, on values alone: one file, a chain of files, the records of Kafka.

Nothing here reads or asks anything: a file's bytes and its attribute go in, findings come out.
"""

import gzip
import io
import zlib
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from crc32c import crc32c

from cointicker.archive import FileAttribute, FileName, Layout, sha256_of
from cointicker.errors import InvalidMessage
from cointicker.kafka.records import Record
from cointicker.lines import Line, parse_line

_KEPT = 20


class Findings:
    """What is wrong, in words: the first few, and how many there are in all."""

    def __init__(self) -> None:
        self.count = 0
        self.first: list[str] = []

    def add(self, finding: str) -> None:
        """Note one."""
        self.count += 1
        if len(self.first) < _KEPT:
            self.first.append(finding)


class Prints:
    """Fingerprints of records by ascending offset, 20 bytes each.

    Of a record they have its timestamp, and one CRC of its key and its value.
    """

    def __init__(self) -> None:
        self.offsets = array("q")
        self.timestamps = array("q")
        self.crcs = array("I")

    def __len__(self) -> int:
        return len(self.offsets)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Prints)
            and self.offsets == other.offsets
            and self.timestamps == other.timestamps
            and self.crcs == other.crcs
        )

    __hash__ = None  # type: ignore[assignment]

    def add(self, offset: int, timestamp_ms: int, key: bytes | None, value: bytes | None) -> None:
        """Append a record's."""
        self.offsets.append(offset)
        self.timestamps.append(timestamp_ms)
        self.crcs.append(crc32c(value or b"", crc32c(key or b"")))

    def extend(self, others: "Prints") -> None:
        """Append those of later records."""
        self.offsets += others.offsets
        self.timestamps += others.timestamps
        self.crcs += others.crcs

    def after(self, offset: int) -> "Prints":
        """Those of the records behind `offset`."""
        start = bisect_right(self.offsets, offset)
        rest = Prints()
        rest.offsets = self.offsets[start:]
        rest.timestamps = self.timestamps[start:]
        rest.crcs = self.crcs[start:]
        return rest

    def by_offset(self) -> dict[int, tuple[int, int]]:
        """Timestamp and CRC of each offset."""
        return dict(zip(self.offsets, zip(self.timestamps, self.crcs, strict=True), strict=True))


def prints_of(records: Iterable[Record]) -> Prints:
    """The fingerprints of records of Kafka."""
    prints = Prints()
    for each in records:
        prints.add(each.offset, each.timestamp, each.key, each.value)
    return prints


@dataclass(frozen=True, slots=True)
class Stored:
    """A published file as it was read: `attribute` None if it has none that is ours."""

    path: PurePosixPath
    name: FileName
    attribute: FileAttribute | None
    body: bytes


@dataclass(slots=True)
class Inspected:
    """A file after its inspection; `end` is its last offset by its lines, or by its attribute."""

    path: PurePosixPath
    first: int
    end: int
    previous: int | None
    chained: bool
    prints: Prints
    length: int
    findings: Findings


def inspect(stored: Stored, layout: Layout) -> Inspected:
    """Check a file's content against its name, its place and its attribute."""
    findings = Findings()
    prints, last_crc = _unpack(stored.body, findings)
    says = stored.attribute
    if not prints:
        findings.add("holds no record")
    else:
        _check_place(stored, prints, layout, findings)
    if says is None:
        findings.add("has no attribute of ours")
    else:
        _check_attribute(stored, says, prints, last_crc, findings)
    return Inspected(
        path=stored.path,
        first=stored.name.first,
        end=prints.offsets[-1] if prints else says.end if says else stored.name.first - 1,
        previous=says.previous if says else None,
        chained=says is not None,
        prints=prints,
        length=len(stored.body),
        findings=findings,
    )


def _unpack(body: bytes, findings: Findings) -> tuple[Prints, int]:
    """The records of a file, and the CRC of the last one's value."""
    prints, last = Prints(), Line(-1, 0, None, None)
    for number, text in _lines(body, findings):
        line = _parse(text, number, findings)
        if line is None:
            continue
        if line.offset <= last.offset:
            findings.add(f"line {number}: offset {line.offset} after {last.offset}")
            continue
        prints.add(line.offset, line.timestamp_ms, line.key, line.value)
        last = line
    return prints, crc32c(last.value or b"")


def _lines(body: bytes, findings: Findings) -> Iterator[tuple[int, bytes]]:
    """The numbered lines of a file, up to where it cannot be unpacked any more."""
    number = 0
    try:
        # Not the library that packed it: two of them agree on what is stored.
        with gzip.open(io.BytesIO(body)) as lines:
            for number, text in enumerate(lines, start=1):
                yield number, text
    except (OSError, EOFError, zlib.error) as error:
        findings.add(f"cannot be unpacked after line {number}: {error}")


def _parse(text: bytes, number: int, findings: Findings) -> Line | None:
    try:
        return parse_line(text)
    except InvalidMessage as error:
        findings.add(f"line {number}: {error}")
        return None


def _check_place(stored: Stored, prints: Prints, layout: Layout, findings: Findings) -> None:
    first, timestamp_ms = prints.offsets[0], prints.timestamps[0]
    if first != stored.name.first:
        findings.add(f"begins with offset {first}, its name says {stored.name.first}")
    hour = layout.hour_directory(stored.name.topic, timestamp_ms)
    if stored.path.parent != hour:
        findings.add(f"its first record is of {timestamp_ms} ms: it belongs in {hour}")


def _check_attribute(
    stored: Stored, says: FileAttribute, prints: Prints, last_crc: int, findings: Findings
) -> None:
    is_so: dict[str, int | str] = {"sha256": sha256_of(stored.body)}
    if prints:
        is_so |= {
            "end": prints.offsets[-1],
            "count": len(prints),
            "first_timestamp": prints.timestamps[0],
            "last_timestamp": prints.timestamps[-1],
            "last_crc32c": last_crc,
        }
    for name, value in is_so.items():
        if getattr(says, name) != value:
            findings.add(f"attribute says {name} {getattr(says, name)}, it is {value}")
    if says.previous is not None and says.previous >= stored.name.first:
        findings.add(f"attribute says previous {says.previous}, its name {stored.name.first}")


@dataclass(slots=True)
class Chain:
    """The files of one partition gone over by first offset: where they join, and where not."""

    findings: Findings = field(default_factory=Findings)
    gaps: list[tuple[int, int]] = field(default_factory=list)
    first: int | None = None
    end: int = -1
    double: int = 0
    records: int = 0
    bytes: int = 0
    files: int = 0

    def add(self, file: Inspected) -> bool:
        """Join the next file; whether what lies before it is a recorded gap."""
        for finding in file.findings.first:
            self.findings.add(f"{file.path}: {finding}")
        self.findings.count += file.findings.count - len(file.findings.first)
        gap = self._join(file)
        self.double += bisect_right(file.prints.offsets, self.end)
        self.first = file.first if self.first is None else self.first
        self.end = max(self.end, file.end)
        self.records += len(file.prints)
        self.bytes += file.length
        self.files += 1
        return gap

    def _join(self, file: Inspected) -> bool:
        if self.first is None:
            if file.previous is not None:
                self.findings.add(f"{file.path}: first of all, but it follows {file.previous}")
            return False
        if file.first <= self.end:
            self.findings.add(f"{file.path}: begins at {file.first}, {self.end} is kept before")
            return False
        if file.previous is None and file.chained:
            self.gaps.append((self.end, file.first))
            return True
        if file.previous is not None and file.previous != self.end:
            self.findings.add(f"{file.path}: follows {file.previous}, before it ends {self.end}")
        return False


@dataclass(slots=True)
class Difference:
    """What HDFS and Kafka do not agree on; `ranges` are the first few runs of missing offsets."""

    compared: int = 0
    missing: int = 0
    unknown: int = 0
    altered: int = 0
    ranges: list[tuple[int, int]] = field(default_factory=list)

    def compare(self, kept: Prints, archived: Prints) -> None:
        """Compare the records of one stretch, as Kafka and as HDFS have them."""
        self.compared += len(kept)
        if kept == archived:
            return
        ours = archived.by_offset()
        theirs = kept.by_offset()
        self.miss(offset for offset in theirs if offset not in ours)
        self.unknown += sum(offset not in theirs for offset in ours)
        self.altered += sum(
            offset in theirs and theirs[offset] != stamp for offset, stamp in ours.items()
        )

    def miss(self, offsets: Iterable[int]) -> None:
        """Note offsets that HDFS should have and does not."""
        for offset in offsets:
            self.missing += 1
            if self.ranges and self.ranges[-1][1] == offset - 1:
                self.ranges[-1] = (self.ranges[-1][0], offset)
            elif len(self.ranges) < _KEPT:
                self.ranges.append((offset, offset))
