"""The two indexes of fear and greed: CNN's, and alternative.me's, which stands in for it."""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from cointicker.errors import InvalidMessage
from cointicker.processed import FearGreed, Origin
from processor.coins import Coins
from processor.envelope import EARLIEST_MS, LATEST_MS, Envelope, Score
from processor.item import Cleaned
from processor.moments import moment, of_seconds

SOURCE = "cnn_fear_greed"
CNN = "cnn"
ALTERNATIVE = "alternative_me"
RATINGS = frozenset(("extreme fear", "fear", "neutral", "greed", "extreme greed"))


class _Current(Struct):
    score: Score
    rating: str
    timestamp: str


class _Component(Struct):
    score: Score | None = None


class Index(Struct):
    """Either of the two as its source sends it: CNN's graph, or one value of alternative.me's."""

    fear_and_greed: _Current | None = None
    market_momentum_sp500: _Component | None = None
    stock_price_strength: _Component | None = None
    stock_price_breadth: _Component | None = None
    put_call_options: _Component | None = None
    market_volatility_vix: _Component | None = None
    junk_bond_demand: _Component | None = None
    safe_haven_demand: _Component | None = None
    value: Annotated[str, Meta(pattern=r"^(100|[0-9]{1,2})\Z")] | None = None
    value_classification: str | None = None
    timestamp: Annotated[str, Meta(pattern=r"^[0-9]{1,12}\Z")] | None = None


# Two of CNN's nine series are running means of two others: no components.
_COMPONENTS = {
    "market_momentum": "market_momentum_sp500",
    "stock_price_strength": "stock_price_strength",
    "stock_price_breadth": "stock_price_breadth",
    "put_call_options": "put_call_options",
    "market_volatility": "market_volatility_vix",
    "junk_bond_demand": "junk_bond_demand",
    "safe_haven_demand": "safe_haven_demand",
}

decode = msgspec.json.Decoder(Envelope[Index]).decode


def clean(raw: Envelope[Index], origin: Origin, coins: Coins) -> Cleaned:
    """The index at its own time."""
    del coins
    if raw.payload.fear_and_greed is not None:
        return _cnn(raw.id, raw.payload, raw.payload.fear_and_greed, origin)
    return _alternative(raw.id, raw.payload, origin)


def _cnn(name: str, index: Index, current: _Current, origin: Origin) -> Cleaned:
    at = moment(current.timestamp, "payload.fear_and_greed.timestamp")
    found = {name: getattr(index, field) for name, field in _COMPONENTS.items()}
    record = FearGreed(
        id=name,
        revision=0,
        index=CNN,
        score=current.score,
        rating=_rating(current.rating, "payload.fear_and_greed.rating"),
        components={
            name: each.score for name, each in found.items() if each and each.score is not None
        },
        event_at=at,
        origin=origin,
    )
    return Cleaned(record, at)


def _alternative(name: str, index: Index, origin: Origin) -> Cleaned:
    if index.value is None or index.timestamp is None or index.value_classification is None:
        raise InvalidMessage("missing_field", "payload: neither fear_and_greed nor value")
    seconds = int(index.timestamp)
    if not EARLIEST_MS <= seconds * 1000 <= LATEST_MS:
        raise InvalidMessage("out_of_range", f"payload.timestamp: {index.timestamp!r}")
    at = of_seconds(seconds)
    record = FearGreed(
        id=name,
        revision=0,
        index=ALTERNATIVE,
        score=float(index.value),
        rating=_rating(index.value_classification, "payload.value_classification"),
        components={},
        event_at=at,
        origin=origin,
    )
    return Cleaned(record, at)


def _rating(text: str, field: str) -> str:
    rating = " ".join(text.lower().replace("_", " ").split())
    if rating not in RATINGS:
        raise InvalidMessage("unknown_rating", f"{field}: {text[:40]!r}")
    return rating
