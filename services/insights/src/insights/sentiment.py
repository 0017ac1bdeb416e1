"""sentiment_shift: the mean tone of half an hour of news against that of the three before."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

import msgspec

from cointicker.errors import InvalidMessage
from cointicker.times import from_ms, to_ms
from insights.alarm import Alarm, Ladder
from insights.bars import FIVE_MS, HOUR_MS
from insights.records import ALL_MARKETS, Headline, Insight, Severity, insight_id, window
from insights.wording import sentiment_shift

LADDER = Ladder(low=0.5, medium=0.8, high=1.1, critical=1.5, calm_below=0.25, cool_down_ms=HOUR_MS)
# Buckets of five minutes: the newest six are compared with the 36 before them.
BUCKET_MS = FIVE_MS
_RECENT = 6
_KEPT = _RECENT + 36
_LEAST_REPORTS = 8
_LEAST_OF_ALL = 20
_LEAST_SIGMAS = 3.0
_LEAST_SPREAD = 0.3
_MOST_HEADLINES = 20_000
# Scores are summed as whole thousandths, so that sums never drift.
_UNIT = 1000


class Sums(msgspec.Struct, array_like=True):
    """Count, sum and sum of squares of scores in thousandths."""

    count: int = 0
    total: int = 0
    squares: int = 0

    def add(self, score: int, sign: int = 1) -> None:
        """Add a score, or take it away (-1)."""
        self.count += sign
        self.total += sign * score
        self.squares += sign * score * score

    def mean(self) -> float:
        """The mean score."""
        return self.total / self.count / _UNIT

    def scatter(self) -> float:
        """The sum of squares around the mean, in thousandths squared."""
        return self.squares - self.total * self.total / self.count


class Told(msgspec.Struct, array_like=True):
    """What is kept of a headline; `score` in thousandths."""

    revision: int
    symbols: list[str]
    score: int | None

    def says_the_same(self, other: "Told") -> bool:
        """Whether both count alike."""
        return self.symbols == other.symbols and self.score == other.score


class Tone(msgspec.Struct, array_like=True):
    """The tone on one symbol, or on all: of late, and usually."""

    recent: Sums = msgspec.field(default_factory=Sums)
    usual: Sums = msgspec.field(default_factory=Sums)
    alarm: Alarm = msgspec.field(default_factory=Alarm)


@dataclass(frozen=True, slots=True)
class Shift:
    """A shift that is to be told, as of the newest headline."""

    severity: Severity
    at_ms: int
    now: float
    before: float
    sigmas: float
    reports: int
    reports_before: int


class Sentiment(msgspec.Struct, array_like=True):
    """The headlines of the last three and a half hours by bucket, and their sums by symbol.

    `latest_ms` is when the newest was published; `bucket_of` says where each is, for its edits.
    """

    latest_ms: int = 0
    buckets: dict[int, dict[str, Told]] = {}
    bucket_of: dict[str, int] = {}
    tones: dict[str, Tone] = {}

    @property
    def newest(self) -> int:
        """The newest bucket."""
        return self.latest_ms // BUCKET_MS

    def add(self, headline: Headline) -> bool:
        """Take in a headline, or its edit; whether any sum changed. Raises InvalidMessage if late.

        An edit of the same tone (votes change all the time) changes none.
        """
        at_ms = to_ms(headline.published_at)
        bucket = at_ms // BUCKET_MS
        if bucket <= self.newest - _KEPT:
            raise InvalidMessage("late", f"older than {from_ms(self._first() * BUCKET_MS)}")
        told = Told(headline.revision, headline.symbols, _thousandths(headline.score))
        known = self.bucket_of.get(headline.id)
        if known is not None:
            before = self.buckets[known][headline.id]
            if before.revision >= told.revision:
                return False
            if known == bucket and before.says_the_same(told):
                before.revision = told.revision
                return False
            self._forget(headline.id)
        self._move_on(at_ms)
        self._keep(headline.id, bucket, told)
        return told.score is not None

    def _keep(self, headline_id: str, bucket: int, told: Told) -> None:
        if len(self.bucket_of) >= _MOST_HEADLINES:
            self._forget(next(iter(self.buckets[min(self.buckets)])))
        self.buckets.setdefault(bucket, {})[headline_id] = told
        self.bucket_of[headline_id] = bucket
        self._count(told, 1, is_recent=self._is_recent(bucket))

    def shift(self, symbol: str) -> Shift | None:
        """Whether the tone on this symbol (or on all) shifted and is to be told."""
        tone = self.tones.get(symbol)
        least = _LEAST_OF_ALL if symbol == ALL_MARKETS else _LEAST_REPORTS
        if tone is None or min(tone.recent.count, tone.usual.count) < least:
            return None
        recent, usual = tone.recent, tone.usual
        now, before = recent.mean(), usual.mean()
        spread = sqrt((recent.scatter() + usual.scatter()) / (recent.count + usual.count - 2))
        error = max(spread / _UNIT, _LEAST_SPREAD) * sqrt(1 / recent.count + 1 / usual.count)
        sigmas = abs(now - before) / error
        size = abs(now - before)
        if sigmas < _LEAST_SIGMAS:
            # It may be chance: nothing to tell, but not calm by that alone.
            size = min(size, LADDER.calm_below)
        severity = tone.alarm.look(LADDER, size, self.latest_ms)
        if severity is None:
            return None
        return Shift(severity, self.latest_ms, now, before, sigmas, recent.count, usual.count)

    def _first(self) -> int:
        return self.newest - _KEPT + 1

    def _is_recent(self, bucket: int) -> bool:
        return bucket > self.newest - _RECENT

    def _move_on(self, at_ms: int) -> None:
        """Let the buckets age until this moment is in the newest."""
        was = self.newest
        self.latest_ms = max(self.latest_ms, at_ms)
        if self.newest == was:
            return
        for each in sorted(self.buckets):
            if each < self._first():
                for headline_id in list(self.buckets[each]):
                    self._age(each, headline_id, was)
            elif each > was - _RECENT and not self._is_recent(each):
                self._settle(self.buckets[each].values())
        self.tones = {
            symbol: tone
            for symbol, tone in self.tones.items()
            if tone.recent.count or tone.usual.count
        }

    def _settle(self, told: Iterable[Told]) -> None:
        """Count what was recent as usual."""
        for each in told:
            self._count(each, -1, is_recent=True)
            self._count(each, 1, is_recent=False)

    def _age(self, bucket: int, headline_id: str, newest: int) -> None:
        """Drop a headline that was counted when `newest` was the newest bucket."""
        told = self._remove(bucket, headline_id)
        self._count(told, -1, is_recent=bucket > newest - _RECENT)

    def _forget(self, headline_id: str) -> None:
        bucket = self.bucket_of[headline_id]
        self._count(self._remove(bucket, headline_id), -1, is_recent=self._is_recent(bucket))

    def _remove(self, bucket: int, headline_id: str) -> Told:
        del self.bucket_of[headline_id]
        told = self.buckets[bucket].pop(headline_id)
        if not self.buckets[bucket]:
            del self.buckets[bucket]
        return told

    def _count(self, told: Told, sign: int, *, is_recent: bool) -> None:
        if told.score is None:
            return
        for symbol in (*told.symbols, ALL_MARKETS):
            tone = self.tones.setdefault(symbol, Tone())
            (tone.recent if is_recent else tone.usual).add(told.score, sign)


def _thousandths(score: float | None) -> int | None:
    return None if score is None else round(score * _UNIT)


def tell_shift(
    market: str, symbol: str | None, shift: Shift, headline_id: str, detected_ms: int
) -> Insight:
    """The insight on a shift that this headline tipped."""
    end_ms = shift.at_ms
    start_ms = (end_ms // BUCKET_MS - _RECENT + 1) * BUCKET_MS
    change = shift.now - shift.before
    return Insight(
        id=insight_id("sentiment_shift", market, start_ms, end_ms),
        kind="sentiment_shift",
        market=market,
        symbol=symbol,
        severity=shift.severity,
        window=window(start_ms, end_ms),
        value=abs(change),
        threshold=LADDER.low,
        direction="up" if change > 0 else "down",
        summary=sentiment_shift(symbol, (shift.now, shift.before), shift.reports),
        evidence={
            "mean": shift.now,
            "mean_before": shift.before,
            "reports": shift.reports,
            "reports_before": shift.reports_before,
            "sigmas": shift.sigmas,
            "headline": headline_id,
        },
        detected_at=from_ms(detected_ms),
    )
