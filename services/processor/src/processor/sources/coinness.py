"""Coinness' flashes: HTML with Korean times, codes of coins, and readers' votes."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from cointicker.errors import InvalidMessage
from cointicker.processed import News, Origin
from processor.coins import Coins
from processor.envelope import Envelope
from processor.item import Cleaned, web_address
from processor.moments import moment
from processor.text import language, one_line, paragraphs, unique

SOURCE = "coinness"
_PAGE = "https://coinness.com/news"

Count = Annotated[float, Meta(ge=0, le=1e9)]


class Flash(Struct, rename="camel"):
    """A flash as the source sends it; the old votes go by the bare names."""

    id: Annotated[int, Meta(gt=0)]
    title: str
    publish_at: str
    content: str | None = None
    origin_codes: list[str] | None = None
    quick_order_code: str | None = None
    link: str | None = None
    bull: Count | None = None
    bear: Count | None = None
    bull_count: Count | None = None
    bear_count: Count | None = None
    is_important: bool | None = None


decode = msgspec.json.Decoder(Envelope[Flash]).decode


def clean(raw: Envelope[Flash], origin: Origin, coins: Coins) -> Cleaned:
    """The flash as news, its coins those of the codes, then those of the title."""
    flash = raw.payload
    title = one_line(flash.title, "payload.title")
    if not title:
        raise InvalidMessage("empty", f"payload.title: {flash.title[:40]!r}")
    body = paragraphs(flash.content or "", "payload.content")
    symbols, unmapped = _symbols(flash, title, body, coins)
    published: datetime = moment(flash.publish_at, "payload.publishAt")
    news = News(
        id=f"{SOURCE}:{raw.id}",
        revision=0,
        source=SOURCE,
        title=title,
        body=body,
        url=web_address(flash.link) or f"{_PAGE}/{flash.id}",
        published_at=published,
        language=language(f"{title}\n{body}"),
        symbols=symbols,
        labels=["important"] if flash.is_important else [],
        votes=_votes(flash),
        origin=origin,
    )
    return Cleaned(news, published, unmapped)


def _symbols(flash: Flash, title: str, body: str, coins: Coins) -> tuple[list[str], int]:
    codes = [*(flash.origin_codes or []), flash.quick_order_code]
    given = [coins.current(code) for code in codes if code and code.strip()]
    tagged = [coins.known(tag) for tag in coins.tags(body)]
    found = [*given, *coins.spoken_of(title), *tagged]
    return unique([each for each in found if each]), given.count(None)


def _votes(flash: Flash) -> dict[str, int]:
    bull = flash.bull if flash.bull_count is None else flash.bull_count
    bear = flash.bear if flash.bear_count is None else flash.bear_count
    return {
        kind: int(count) for kind, count in (("bull", bull), ("bear", bear)) if count is not None
    }
