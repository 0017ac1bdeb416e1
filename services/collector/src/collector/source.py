"""What the collector asks of a source: its settings, `fetch` and `parse` in one place."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from collector.http import Http, Reply
from collector.items import Item, Page

BaseUrl = Annotated[
    str, Field(pattern=r"^https?://[^\s/]+\S*$"), AfterValidator(lambda url: url.rstrip("/"))
]

# Some of the sources answer browsers only.
BROWSER = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where an older page begins: its number, the first being 1, and the oldest item so far."""

    page: int
    oldest: Item


class Source(BaseModel, ABC):
    """A source with its settings. A subclass is one file; a field of the settings turns it on.

    `misses` is what is lost while it is not polled: "samples" (a state that has passed), "pages"
    (nothing, if older pages still show it) or "nothing". One with `stands_in_for` is polled only
    while that source is in trouble. A billed one is not asked again after a restart before its
    interval is over.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str]
    topic: ClassVar[str]
    misses: ClassVar[Literal["samples", "pages", "nothing"]] = "samples"
    stands_in_for: ClassVar[str | None] = None
    is_billed: ClassVar[bool] = False
    first_retry_seconds: ClassVar[float] = 1.0

    enabled: bool = True
    base_url: BaseUrl
    interval_seconds: float = Field(gt=0)
    deadline_seconds: float = Field(default=15, gt=0)
    requests_per_second: float = Field(default=1, gt=0)
    burst: int = Field(default=5, ge=1)
    max_pages: int = Field(default=1, ge=1)
    max_body_bytes: int = Field(default=4_194_304, gt=0)

    @model_validator(mode="before")
    @classmethod
    def _from_flag(cls, value: Any) -> Any:
        """Take JSON text, as a command-line flag has it, for the settings."""
        return orjson.loads(value) if isinstance(value, str) else value

    @abstractmethod
    async def fetch(self, http: Http, cursor: Cursor | None) -> Reply:
        """Ask for the newest items, or for those before `cursor`. Raises Trouble."""

    @abstractmethod
    def parse(self, body: bytes) -> Page:
        """The items of a reply. Raises InvalidMessage if it is none at all."""

    def asks(self) -> str | None:
        """The question that its items answer, for a source that is asked one."""
        return None

    def why_disabled(self) -> str | None:
        """Why it is not to be polled, None if it is."""
        return None if self.enabled else "switched off"
