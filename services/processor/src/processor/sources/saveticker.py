"""SaveTicker's news: titles that are translated later, tags that mix labels and tickers."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from cointicker.errors import InvalidMessage
from cointicker.processed import News, Origin
from processor.coins import Coins
from processor.envelope import Envelope
from processor.item import Cleaned, web_address
from processor.moments import KST, moment
from processor.text import language, one_line, paragraphs, unique

SOURCE = "saveticker"
_PAGE = "https://www.saveticker.com/news"
_RUMOUR = "(카더라)"
_CRYPTO = "CRYPTO"

Votes = dict[str, Annotated[int, Meta(ge=0)] | None]


class _Label(Struct):
    name: str | None = None


class _Listing(Struct):
    symbol: str | None = None
    exchange: str | None = None


class _VoteStats(Struct):
    vote_counts: Votes | None = None


class _LikeStats(Struct):
    like_count: Annotated[int, Meta(ge=0)] | None = None


class _Extra(Struct):
    source_url: str | None = None


class _Block(Struct):
    type: str | None = None
    content: str | None = None


class Article(Struct):
    """A piece of news as the source sends it: all but id, title and time may be missing."""

    id: str | int
    title: str
    created_at: str
    content: str | list[_Block] | None = None
    tag_names: list[str | None] | None = None
    tickers: list[_Listing] | None = None
    content_labels: list[_Label] | None = None
    like_stats: _LikeStats | None = None
    vote_stats: _VoteStats | None = None
    is_top_story: bool | None = None
    is_deleted: bool | None = None
    extra: _Extra | None = None


decode = msgspec.json.Decoder(Envelope[Article]).decode


def clean(raw: Envelope[Article], origin: Origin, coins: Coins) -> Cleaned:
    """The news; a time without an offset is Korean."""
    article = raw.payload
    title = one_line(article.title, "payload.title")
    labels = _labels(article, is_rumour=title.endswith(_RUMOUR))
    title = title.removesuffix(_RUMOUR).rstrip()
    if not title:
        raise InvalidMessage("empty", f"payload.title: {article.title[:40]!r}")
    body = paragraphs(_content(article), "payload.content")
    symbols, unmapped = _symbols(article, title, body, coins)
    published = moment(article.created_at, "payload.created_at", KST)
    news = News(
        id=f"{SOURCE}:{raw.id}",
        revision=0,
        source=SOURCE,
        title=title,
        body=body,
        url=web_address(article.extra.source_url if article.extra else None)
        or f"{_PAGE}/{article.id}",
        published_at=published,
        language=language(f"{title}\n{body}"),
        symbols=symbols,
        labels=labels,
        votes=_votes(article),
        origin=origin,
    )
    return Cleaned(news, published, unmapped)


def _content(article: Article) -> str:
    """The text; a detail has it in blocks, pictures among them."""
    if isinstance(article.content, list):
        return "\n".join(
            each.content for each in article.content if each.type == "text" and each.content
        )
    return article.content or ""


def _labels(article: Article, *, is_rumour: bool) -> list[str]:
    tags = [tag for tag in article.tag_names or [] if tag and not tag.startswith("$")]
    named = [each.name for each in article.content_labels or [] if each.name]
    marks = [("rumour", is_rumour), ("top_story", article.is_top_story)]
    marks.append(("deleted", article.is_deleted))
    said = [one_line(each, "payload.tag_names") for each in (*tags, *named)]
    return unique([*filter(None, said), *(name for name, holds in marks if holds)])


def _symbols(article: Article, title: str, body: str, coins: Coins) -> tuple[list[str], int]:
    """The coins, and how many tags mean none: most of those are shares.

    A listing on an exchange of shares makes its symbol no coin, whatever coin has the same.
    """
    listings = [(each.symbol or "", each.exchange) for each in article.tickers or []]
    crypto = [symbol for symbol, exchange in listings if (exchange or "").upper() == _CRYPTO]
    shares = {symbol for symbol, exchange in listings if exchange and symbol not in crypto}
    tags = [tag.removeprefix("$") for tag in article.tag_names or [] if tag and tag.startswith("$")]
    listed = [coins.current(symbol) for symbol in crypto]
    others = [symbol for symbol, exchange in listings if not exchange]
    asked = [tag for tag in (*tags, *others) if tag not in shares and tag not in crypto]
    mapped = [coins.known(tag) for tag in asked]
    spoken = coins.spoken_of(title) + [coins.known(tag) or "" for tag in coins.tags(body)]
    found = [*listed, *mapped, *(each for each in spoken if each not in shares)]
    return unique([each for each in found if each]), mapped.count(None) + listed.count(None)


def _votes(article: Article) -> dict[str, int]:
    counts: dict[str, Any] = dict((article.vote_stats and article.vote_stats.vote_counts) or {})
    if article.like_stats:
        counts["like"] = article.like_stats.like_count
    return {kind: count for kind, count in counts.items() if count is not None}
