"""What a source needs of HTTP, and every way in which a source can let us down."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from cointicker.errors import TransientError

UNCHANGED = 304


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, whole; the names of `headers` are in lower case, `url` is what was asked for."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


class Http(Protocol):
    """Asks a server, with a deadline and a bound on the answer's size. Raises Trouble."""

    async def get(self, url: str, headers: Mapping[str, str]) -> Reply:
        """The answer to a GET."""
        ...

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """The answer to a POST; after a Trouble it may have had its effect."""
        ...


class Trouble(TransientError):
    """A source did not give what it should.

    `reason` is one of a bounded set of snake_case codes, fit for a metric label. `is_blocked` says
    that it wants nothing of us for a while; `wait_seconds` is what it asked for itself.
    """

    def __init__(
        self, reason: str, detail: str = "", *, is_blocked: bool = False, wait_seconds: float = 0.0
    ) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail
        self.is_blocked = is_blocked
        self.wait_seconds = wait_seconds
