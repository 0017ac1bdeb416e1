"""Lines of JSON from somewhere, as messages for a topic, or the reason why one is refused."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import orjson


@dataclass(frozen=True, slots=True)
class Keying:
    """What the key of each message is: always the same, the line's member `member`, or none."""

    key: bytes | None = None
    member: str | None = None

    def of(self, parsed: object) -> bytes | None:
        """The key of a line. Raises ValueError."""
        if self.member is None:
            return self.key
        if not isinstance(parsed, dict):
            raise ValueError(  # noqa: TRY004 (it is a value of the user's)
                f"no field {self.member}: not a JSON object"
            )
        if self.member not in parsed:
            raise ValueError(f"no field {self.member}")
        found = parsed[self.member]
        if isinstance(found, str):
            return found.encode()
        if type(found) is int:
            return str(found).encode()
        raise ValueError(f"field {self.member}: neither text nor a whole number")


def read_line(line: bytes, keying: Keying) -> tuple[bytes | None, bytes]:
    """Key and value of a message: the line as it is. Raises ValueError."""
    value = line.strip()
    try:
        parsed = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg}, at column {error.colno}") from error
    return keying.of(parsed), value


@dataclass(slots=True)
class Lines:
    """Cuts what is read into numbered lines; of a line that is too long nothing is kept.

    Blank lines are counted, and passed over.
    """

    most_bytes: int
    _number: int = 0
    _pending: bytes = b""
    _is_too_long: bool = False
    too_long: list[int] = field(default_factory=list)

    @property
    def next_number(self) -> int:
        """Of the line that has not ended yet."""
        return self._number + 1

    def feed(self, portion: bytes) -> Iterator[tuple[int, bytes]]:
        """The lines that end in this portion."""
        *ended, rest = portion.split(b"\n")
        for each in ended:
            yield from self._end(each)
        self._keep(rest)

    def close(self) -> Iterator[tuple[int, bytes]]:
        """The last line, if nothing ended it."""
        yield from self._end(b"")

    def _end(self, part: bytes) -> Iterator[tuple[int, bytes]]:
        self._keep(part)
        self._number += 1
        line, self._pending = self._pending, b""
        if self._is_too_long:
            self._is_too_long = False
            self.too_long.append(self._number)
        elif line.strip():
            yield self._number, line

    def _keep(self, part: bytes) -> None:
        self._is_too_long = self._is_too_long or len(self._pending) + len(part) > self.most_bytes
        self._pending = b"" if self._is_too_long else self._pending + part
