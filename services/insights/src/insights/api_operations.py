"""What can be asked for: each path with its parameters and its answer, declared once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from insights import api_answers
from insights.api_answers import INTERVALS, KINDS, CandlesAsked
from insights.api_parameters import Asked, OneOf, Parameter, Seen, Since, SomeOf, Whole
from insights.records import SEVERITIES
from insights.view import Filter, View
from insights.view_candles import MOST_CANDLES

MOST_INSIGHTS = 1_000
# The name under which the candles are asked for on the stream.
CANDLES = "candles"

_MARKET = Seen(
    name="market", what="market", example="KRW-BTC", description="Only this market, or `all`."
)
_KIND = SomeOf(name="kind", words=KINDS, description="Only these kinds, by comma.")
_SEVERITY = SomeOf(
    name="severity", words=SEVERITIES, description="Only these severities, by comma."
)
_SYMBOL = Seen(name="symbol", what="symbol", example="BTC", description="Only this coin.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One path that answers GET with JSON: `answer` makes the answer from the values read."""

    id: str
    path: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...] = ()
    result: type
    answer: Callable[[View, Mapping[str, Any], Asked], object]


def _insights(view: View, values: Mapping[str, Any], _: Asked) -> object:
    return api_answers.insights(view, wanted(values), values["since"], values["limit"])


def _candles(view: View, values: Mapping[str, Any], asked: Asked) -> object:
    which = CandlesAsked(values["market"], values["interval"], values["since"], values["limit"])
    return api_answers.candles(view, which, asked.now)


def _summary(view: View, _: Mapping[str, Any], asked: Asked) -> object:
    return api_answers.summary(view, asked.now)


def wanted(values: Mapping[str, Any]) -> Filter:
    """The filter that the parameters mean."""
    return Filter(
        kinds=values.get("kind"),
        severities=values.get("severity"),
        market=values.get("market"),
        symbol=values.get("symbol"),
    )


OPERATIONS = (
    Operation(
        id="insights",
        path="/api/insights",
        summary="The newest insights",
        description="Insights of the last hours, the newest first, as they were committed.",
        parameters=(
            _KIND,
            _MARKET,
            _SYMBOL,
            _SEVERITY,
            Since(
                name="since", description="Only those detected since: a time, or a duration ago."
            ),
            Whole(
                name="limit",
                least=1,
                most=MOST_INSIGHTS,
                default=100,
                description="At most so many.",
            ),
        ),
        result=api_answers.Insights,
        answer=_insights,
    ),
    Operation(
        id="candles",
        path="/api/candles/{market}",
        summary="Candles of a market",
        description=(
            "Open, high, low, close, volume and turnover, the oldest first. "
            "Where there are fewer than were asked for, `missing` says how many."
        ),
        parameters=(
            Seen(
                name="market",
                what="market",
                example="KRW-BTC",
                place="path",
                description="The market.",
            ),
            OneOf(
                name="interval",
                words=INTERVALS,
                default="1m",
                description="The length of a candle's window.",
            ),
            Since(
                name="since", description="Only those that began since: a time, or a duration ago."
            ),
            Whole(
                name="limit",
                least=1,
                most=max(MOST_CANDLES.values()),
                default=100,
                description="At most so many, the newest.",
            ),
        ),
        result=api_answers.Candles,
        answer=_candles,
    ),
    Operation(
        id="summary",
        path="/api/summary",
        summary="What happened lately",
        description="Counts of the last hour, the newest insight of each kind, and its age.",
        result=api_answers.SummaryAnswer,
        answer=_summary,
    ),
)

STREAM_PATH = "/api/stream"
STREAM_PARAMETERS = (
    SomeOf(
        name="kinds",
        words=(*KINDS, CANDLES),
        default=frozenset(KINDS),
        description="Only these kinds, by comma; `candles` only if it is asked for.",
    ),
    _MARKET,
    _SEVERITY,
)


def streamed(values: Mapping[str, Any]) -> Filter:
    """The filter that the stream's parameters mean."""
    return Filter(kinds=values["kinds"], severities=values["severity"], market=values["market"])
