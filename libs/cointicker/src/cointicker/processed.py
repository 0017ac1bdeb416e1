"""The processed records: typed, cleaned, each naming the raw record that it came from.

Encoded and decoded with msgspec; a reader accepts unknown fields. Kafka's timestamp of each is that
of its raw record: when it was fetched.
"""

from datetime import datetime

import msgspec


class Origin(msgspec.Struct, frozen=True):
    """Where the raw record is: its topic, partition and offset."""

    topic: str
    partition: int
    offset: int


class Market(msgspec.Struct, frozen=True, kw_only=True):
    """The state of one market at its last trade, on `<prefix>.processed.market`, by market.

    Prices and turnovers are in the quote currency, volumes in the base currency. The `_day` totals
    run since 00:00 UTC, the `_24h` ones roll. `change_rate` is against the day before, 0.01 is 1 %.
    """

    schema: int = 1
    id: str
    revision: int
    venue: str
    market: str
    symbol: str
    quote: str
    price: float
    change_rate: float
    volume_day: float
    turnover_day: float
    volume_24h: float
    turnover_24h: float
    event_at: datetime
    origin: Origin


class News(msgspec.Struct, frozen=True, kw_only=True):
    """One news item in one of its versions, on `<prefix>.processed.news`, by id.

    `id` is `<source>:<the source's id>`. `revision` counts its edits, from 0. `body` is plain text.
    `symbols` are the coins it speaks of, upper case; `votes` what readers thought, by kind.
    """

    schema: int = 1
    id: str
    revision: int
    source: str
    title: str
    body: str
    url: str
    published_at: datetime
    language: str
    symbols: list[str]
    labels: list[str]
    votes: dict[str, int]
    origin: Origin


class FearGreed(msgspec.Struct, frozen=True, kw_only=True):
    """A fear and greed index at a time, on `<prefix>.processed.fear_greed`, by index.

    `index` is `cnn` or `alternative_me`; `score` is 0 (fear) to 100 (greed), `rating` one of
    `extreme fear`, `fear`, `neutral`, `greed`, `extreme greed`; `components` are scores by name.
    """

    schema: int = 1
    id: str
    revision: int
    index: str
    score: float
    rating: str
    components: dict[str, float]
    event_at: datetime
    origin: Origin


class Analysis(msgspec.Struct, frozen=True, kw_only=True):
    """An answer of a language model, on `<prefix>.processed.analysis`, by id.

    `citations` are URLs in the order in which the text refers to them; `cost_usd` is None where the
    source did not say.
    """

    schema: int = 1
    id: str
    revision: int
    question: str
    text: str
    citations: list[str]
    model: str
    cost_usd: float | None
    event_at: datetime
    origin: Origin
