"""Perplexity's answers: the text of all its parts, and the pages that it refers to."""

import re
from collections.abc import Iterator
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct

from cointicker.errors import InvalidMessage
from cointicker.processed import Analysis, Origin
from processor.coins import Coins
from processor.envelope import Envelope, Seconds, refusal
from processor.item import Cleaned, web_address
from processor.moments import of_seconds
from processor.text import MOST_CHARACTERS, unique

SOURCE = "perplexity"
# `[1]` or `[web:1]`, by the id of a result.
_MARK = re.compile(r"\[(?:web:)?(\d{1,6})\]")
_SPACES = re.compile(r"[^\S\n]+")

T = TypeVar("T")


class _Result(Struct):
    url: str
    id: int | str | None = None


class _Annotation(Struct):
    url: str | None = None
    start_index: int = 0


class _Part(Struct):
    type: str
    text: str = ""
    annotations: list[_Annotation] | None = None


class _Output(Struct):
    """What `results` and `content` are depends on the type; only two types are read."""

    type: str
    results: Any = None
    content: Any = None


class _Cost(Struct):
    currency: str
    total_cost: Annotated[float, Meta(ge=0)]


class _Usage(Struct):
    cost: _Cost | None = None


class Answer(Struct):
    """An answer as the source sends it."""

    created_at: Seconds
    status: str
    model: str
    output: list[_Output]
    usage: _Usage | None = None


decode = msgspec.json.Decoder(Envelope[Answer]).decode


def clean(raw: Envelope[Answer], origin: Origin, coins: Coins) -> Cleaned:
    """The answer, if it is complete."""
    del coins
    answer = raw.payload
    if answer.status != "completed":
        raise InvalidMessage("not_completed", f"payload.status: {answer.status[:40]!r}")
    parts = list(_parts(answer))
    text = _plain("".join(part.text for part in parts))
    if not text:
        raise InvalidMessage("empty", "payload.output: no text")
    at = of_seconds(answer.created_at)
    cost = answer.usage.cost if answer.usage else None
    analysis = Analysis(
        id=raw.id,
        revision=0,
        question=raw.question or "",
        text=text,
        citations=_citations(text, parts, answer),
        model=answer.model,
        cost_usd=cost.total_cost if cost and cost.currency.upper() == "USD" else None,
        event_at=at,
        origin=origin,
    )
    return Cleaned(analysis, at)


def _parts(answer: Answer) -> Iterator[_Part]:
    for output in answer.output:
        if output.type == "message":
            found = _read(output.content or [], list[_Part])
            yield from (part for part in found if part.type == "output_text")


def _results(answer: Answer) -> Iterator[_Result]:
    for output in answer.output:
        if output.type == "search_results":
            yield from _read(output.results or [], list[_Result])


def _read(found: Any, shape: type[T]) -> T:
    try:
        return msgspec.convert(found, shape)
    except msgspec.ValidationError as error:
        raise refusal(error, b"") from error


def _plain(text: str) -> str:
    """The text as it is written, Markdown and all, with one kind of space."""
    if len(text) > MOST_CHARACTERS:
        raise InvalidMessage("too_long", f"payload.output: {len(text)} characters")
    return "\n".join(_SPACES.sub(" ", line).strip() for line in text.splitlines()).strip()


def _citations(text: str, parts: list[_Part], answer: Answer) -> list[str]:
    """By the marks in the text; by the annotations where there are no marks."""
    results = {str(each.id): each.url for each in _results(answer) if each.id is not None}
    marked = [results.get(mark) for mark in _MARK.findall(text)]
    if not any(marked):
        marked = [
            note.url
            for part in parts
            for note in sorted(part.annotations or [], key=lambda note: note.start_index)
        ]
    return unique([address for address in map(web_address, marked) if address])
