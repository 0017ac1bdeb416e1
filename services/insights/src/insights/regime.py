"""fear_greed_regime: a fear and greed index went over into another rating, and means it."""

import msgspec

from cointicker.errors import InvalidMessage
from cointicker.times import from_ms
from insights.bars import HOUR_MS
from insights.records import ALL_MARKETS, SEVERITIES, Insight, Severity, insight_id, window
from insights.wording import fear_greed_regime

# Where each rating begins; neutral holds both of its ends.
RATINGS = ("extreme fear", "fear", "neutral", "greed", "extreme greed")
_BOUNDS = (0.0, 25.0, 45.0, 55.0, 75.0, 100.0)
_MARGIN = 2.0
_HELD = 2
_COOL_DOWN_MS = HOUR_MS


class Regime(msgspec.Struct, array_like=True):
    """Where an index stands: its rating's number, its last value, how often it was outside.

    `told` is when each change (from, to) was told last.
    """

    rating: int
    score: float
    at_ms: int
    revision: int
    outside: int = 0
    told: dict[str, int] = {}

    def move(self, score: float, at_ms: int, revision: int) -> tuple[int, int, int] | None:
        """Take the next value; from which to which rating it went, and since when, if it did.

        Raises InvalidMessage for a value older than the last.
        """
        if at_ms < self.at_ms:
            raise InvalidMessage("late", f"a newer value is of {from_ms(self.at_ms)}")
        before_ms, is_edit = self.at_ms, at_ms == self.at_ms
        self.score, self.at_ms, self.revision = score, at_ms, revision
        rating = rating_of(score)
        if rating == self.rating:
            self.outside = 0
            return None
        self.outside += not is_edit
        if self.outside < _HELD and _distance(self.rating, score) < _MARGIN:
            return None
        was, self.rating, self.outside = self.rating, rating, 0
        return (was, rating, before_ms) if self._is_news(was, rating, at_ms) else None

    def _is_news(self, was: int, rating: int, at_ms: int) -> bool:
        change = f"{was}-{rating}"
        if at_ms - self.told.get(change, -_COOL_DOWN_MS) < _COOL_DOWN_MS:
            return False
        self.told[change] = at_ms
        return True


def rating_of(score: float) -> int:
    """The number of the rating of a score."""
    if score <= _BOUNDS[3]:
        return (score >= _BOUNDS[1]) + (score >= _BOUNDS[2])
    return 3 + (score > _BOUNDS[4])


def tell_regime(
    index: str, regime: Regime, change: tuple[int, int, int], detected_ms: int
) -> Insight:
    """The insight on an index that changed its rating with its last value."""
    was, rating, before_ms = change
    up = rating > was
    return Insight(
        id=insight_id("fear_greed_regime", index, before_ms, regime.at_ms),
        kind="fear_greed_regime",
        market=ALL_MARKETS,
        symbol=None,
        severity=_severity(was, rating),
        window=window(before_ms, regime.at_ms),
        value=regime.score,
        threshold=_BOUNDS[was + 1] if up else _BOUNDS[was],
        direction="up" if up else "down",
        summary=fear_greed_regime(index, (RATINGS[was], RATINGS[rating]), regime.score),
        evidence={
            "index": index,
            "score": regime.score,
            "rating": RATINGS[rating],
            "rating_before": RATINGS[was],
        },
        detected_at=from_ms(detected_ms),
    )


def _severity(was: int, rating: int) -> Severity:
    """One step is low, each further one and an extreme count one more."""
    is_extreme = rating in (0, len(RATINGS) - 1)
    return SEVERITIES[min(3, abs(rating - was) - 1 + is_extreme)]


def _distance(rating: int, score: float) -> float:
    """How far a score is outside of a rating."""
    return max(_BOUNDS[rating] - score, score - _BOUNDS[rating + 1])
