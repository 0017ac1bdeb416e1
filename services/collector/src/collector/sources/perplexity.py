"""Perplexity: one question about the market, asked again at an interval (official, billed)."""

import hashlib
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar

import orjson
from msgspec import Meta, Struct
from pydantic import BeforeValidator, Field, SecretStr

from cointicker.times import to_text
from collector.http import Http, Reply
from collector.items import Identity, Page, Seconds, Unfit, decode, read
from collector.source import BaseUrl, Cursor, Source

# What each call makes anew, even where its answer is the same.
_VOLATILE = frozenset({"id", "created_at", "usage"})


class _Answer(Struct):
    id: str
    created_at: Seconds
    status: str
    model: str
    output: Annotated[list[dict[str, Any]], Meta(min_length=1)]


class Perplexity(Source):
    """An answer's id is ours: the question's hash and the slot of time that it is for.

    Perplexity's own id is a new one for each call. A call whose answer got lost, or that is made
    again after a restart, would look like a second fact; so it is an edit of the same one.
    """

    name: ClassVar[str] = "perplexity"
    topic: ClassVar[str] = "perplexity"
    is_billed: ClassVar[bool] = True
    first_retry_seconds: ClassVar[float] = 30.0

    base_url: BaseUrl = "https://api.perplexity.ai"
    api_key: Annotated[SecretStr | None, BeforeValidator(lambda key: key or None)] = None
    interval_seconds: float = Field(default=1800, gt=0)
    deadline_seconds: float = Field(default=180, gt=0)
    burst: int = Field(default=1, ge=1)
    model: str = "perplexity/sonar"
    question: str = Field(
        default="Summarise the crypto market news of the last hour in five bullets.", min_length=1
    )

    async def fetch(self, http: Http, cursor: Cursor | None) -> Reply:
        """Ask the question."""
        del cursor
        key = self.api_key.get_secret_value() if self.api_key else ""
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        body = {
            "model": self.model,
            "input": self.question,
            "max_output_tokens": 800,
            "max_steps": 3,
            "tools": [{"type": "web_search", "filters": {"search_recency_filter": "hour"}}],
            "stream": False,
            "store": False,
        }
        return await http.post(f"{self.base_url}/v1/agent", headers, orjson.dumps(body))

    def parse(self, body: bytes) -> Page:
        """One item, if the answer is complete: it can be a failure with status 200."""
        return read([decode(body)], _Answer, self._identify, _VOLATILE)

    def asks(self) -> str | None:
        """The question: its answer does not repeat it."""
        return self.question

    def why_disabled(self) -> str | None:
        """Without a key it cannot be asked."""
        return super().why_disabled() or (None if self.api_key else "no key")

    def _identify(self, answer: _Answer) -> Identity:
        if answer.status != "completed":
            raise Unfit("not_completed", "status", answer.status)
        at = datetime.fromtimestamp(answer.created_at, UTC)
        start = answer.created_at // self.interval_seconds * self.interval_seconds
        question = hashlib.sha256(f"{self.model}\n{self.question}".encode()).hexdigest()[:16]
        name = f"{question}:{to_text(datetime.fromtimestamp(start, UTC))}"
        return Identity(name, name, at)
