"""The scenes of a round, one function each: what is planted and what must come of it."""

from collections.abc import Callable

from simulator.effects import Bend, Effect, Hold, Span
from simulator.plan import MINUTE_MS, Coverage, Event, Scene, Stage

ALL_MARKETS = "all"
_OF_PRICE = ("price_move", "volume_spike", "trend_reversal", "volatility")
_JUMP_SIGMAS = 30.0
_BURST_FACTOR = 15.0


def price_rise(stage: Stage) -> Scene:
    """A jump upwards within a minute, with a burst of good news."""
    start = stage.at(0.60)
    points = ((start, 0.0), (start + 1, _JUMP_SIGMAS), (stage.at(0.7), _JUMP_SIGMAS))
    return Scene(
        stage.row,
        _event(
            stage,
            "price_move",
            (start, start + 15),
            ("price_move", "news_burst"),
            "up by 30 sigma of a minute: at least 6 on candles of 1 to 5 minutes",
        ),
        Effect(stage.row, bend=Bend((*points, (stage.at(1.0), 0.0)))),
        (Coverage(stage.row, "positive", start, start + 10, 50),),
    )


def price_fall(stage: Stage) -> Scene:
    """A jump downwards within a minute, with bad news."""
    start = stage.at(0.65)
    points = ((start, 0.0), (start + 1, -_JUMP_SIGMAS), (stage.at(0.75), -_JUMP_SIGMAS))
    return Scene(
        stage.row,
        _event(
            stage,
            "price_move",
            (start, start + 15),
            ("price_move",),
            "down by 30 sigma of a minute: at least 6 on candles of 1 to 5 minutes",
        ),
        Effect(stage.row, bend=Bend((*points, (stage.at(1.0), 0.0)))),
        (Coverage(stage.row, "negative", start, start + 12, 240),),
    )


def volume_spike(stage: Stage) -> Scene:
    """Three minutes of much trade at an undisturbed price."""
    start = stage.at(0.65)
    return Scene(
        stage.row,
        _event(
            stage,
            "volume_spike",
            (start, start + 3),
            ("volume_spike",),
            "15 times the usual volume of these minutes",
            ("price_move",),
        ),
        Effect(stage.row, burst=(Span(start, start + 3), _BURST_FACTOR)),
    )


def flat(stage: Stage) -> Scene:
    """A price that stands still while trade goes on."""
    start, end = stage.at(0.25), stage.at(0.75)
    return Scene(
        stage.row,
        _event(stage, "flat", (start, end), (), "the price does not move at all", _OF_PRICE),
        Effect(stage.row, hold=Hold(Span(start, end), stage.at(1.0))),
    )


def trend_reversal(stage: Stage) -> Scene:
    """A long fall that turns into a rise."""
    start, turn = stage.at(0.20), stage.at(0.65)
    depth = -0.5 * (turn - start)
    return Scene(
        stage.row,
        _event(
            stage,
            "trend_reversal",
            (turn, stage.at(0.95)),
            ("trend_reversal",),
            "half a sigma down each minute, from here on up again",
        ),
        Effect(stage.row, bend=Bend(((start, 0.0), (turn, depth), (stage.at(1.0), 0.0)))),
    )


def volatility(stage: Stage) -> Scene:
    """A nervous price without direction."""
    start, end = stage.at(0.55), stage.at(0.75)
    return Scene(
        stage.row,
        _event(
            stage,
            "volatility",
            (start, end),
            ("volatility",),
            "returns of a minute scatter four times as wide",
        ),
        Effect(stage.row, shake=(Span(start, end), 3.0)),
    )


def sentiment_shift(stage: Stage) -> Scene:
    """Good news for long, then bad news; the price follows."""
    start, turn, end = stage.at(0.25), stage.at(0.60), stage.at(0.85)
    points = ((start, 0.0), (turn, 10.0), (end, -5.0), (stage.at(1.0), 0.0))
    return Scene(
        stage.row,
        _event(
            stage,
            "sentiment_shift",
            (turn, end),
            ("sentiment_shift",),
            "news on it were good until here, from here on they are bad",
        ),
        Effect(stage.row, bend=Bend(points)),
        (
            Coverage(stage.row, "positive", start, turn, 240),
            Coverage(stage.row, "negative", turn, end, 120),
        ),
    )


def divergence(stage: Stage) -> Scene:
    """Good news while the price slides."""
    start, end = stage.at(0.50), stage.at(0.85)
    points = ((start, 0.0), (end, -20.0), (stage.at(1.0), 0.0))
    return Scene(
        stage.row,
        _event(
            stage,
            "divergence",
            (start, end),
            ("divergence",),
            "down by 20 sigma of a minute, slowly, under good news",
        ),
        Effect(stage.row, bend=Bend(points)),
        (Coverage(stage.row, "positive", start, end, 180),),
    )


def quiet(stage: Stage) -> Scene:
    """A market with nothing but its walk, without news: the control."""
    forbids = (
        "price_move",
        "volume_spike",
        "volatility",
        "news_burst",
        "sentiment_shift",
        "divergence",
    )
    return Scene(
        stage.row,
        _event(stage, "quiet", (stage.start, stage.at(1.0)), (), "nothing is planted", forbids),
    )


SCENES: tuple[Callable[[Stage], Scene], ...] = (
    price_rise,
    price_fall,
    volume_spike,
    flat,
    trend_reversal,
    volatility,
    sentiment_shift,
    divergence,
    quiet,
)


def fear_greed_span(start: int, length: int) -> Span:
    """When the Fear & Greed index goes from one side to the other in a round."""
    return Span(start + round(0.5 * length), start + round(0.7 * length))


def fear_greed_regime(start: int, length: int) -> Scene:
    """The index crosses from fear to greed, or back."""
    span = fear_greed_span(start, length)
    stage = Stage(-1, ALL_MARKETS, start, length)
    return Scene(
        stage.row,
        _event(
            stage,
            "fear_greed_regime",
            (span.start, span.end),
            ("fear_greed_regime",),
            "CNN's index goes from about 33 to about 66, in the next round back",
        ),
    )


def _event(
    stage: Stage,
    kind: str,
    minutes: tuple[int, int],
    expects: tuple[str, ...],
    note: str,
    forbids: tuple[str, ...] = (),
) -> Event:
    start, end = minutes
    return Event(kind, stage.market, start * MINUTE_MS, end * MINUTE_MS, expects, forbids, note)
