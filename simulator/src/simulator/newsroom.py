"""The stories of the simulated world: planned coverage, and chance news whose tone follows prices.

Time is cut into slots of ten seconds with one story at most; the slot's number orders the stories.
"""

from bisect import bisect_right
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from simulator.chance import Chance, Floats
from simulator.events import Plan
from simulator.names import Name
from simulator.phrases import NEGATIVE, NEUTRAL, PHRASES, POSITIVE
from simulator.plan import MINUTE_MS
from simulator.walk import MINUTES, Walk

SLOT_MS = 10_000
_SLOT_SECONDS = SLOT_MS // 1000
_SLOTS_PER_HOUR = 360
# News before the clock's start, so that a first page is not empty; nothing older is served.
BACKLOG_MS = 6 * 3_600_000
_MOST_KEPT = 20_000
_SPOKEN_OF = 30
_TELLING_SIGMAS = 0.7
_KEPT_PATHS = 16
_VOTE_HALF_LIFE_MS = 30 * MINUTE_MS


@dataclass(frozen=True, slots=True)
class Story:
    """One story; texts in both languages, `slot` is its number, `moment_ms` when it came out."""

    slot: int
    moment_ms: int
    symbol: str
    english_name: str
    tone: str
    korean: str
    english: str
    korean_body: str
    english_body: str


class Newsroom:
    """The stories of one feed; another `feed` name gives other stories on the same events."""

    def __init__(
        self, feed: str, walk: Walk, names: Sequence[Name], plan: Plan, per_hour: float
    ) -> None:
        self._feed = feed
        self._walk = walk
        self._names = names
        self._plan = plan
        self._share = per_hour / _SLOTS_PER_HOUR
        self._chance: Chance = walk.chance
        self._stories: deque[Story] = deque(maxlen=_MOST_KEPT)
        self._paths = lru_cache(maxsize=_KEPT_PATHS)(self._path)
        self._next_slot = (plan.start * MINUTE_MS - BACKLOG_MS) // SLOT_MS

    def until(self, now_ms: int) -> list[Story]:
        """All stories that are out at `now_ms`, oldest first."""
        slots = range(self._next_slot, now_ms // SLOT_MS + 1)
        drawn = self._chance.uniform(f"{self._feed} any", np.array(slots), 0).tolist()
        for slot, chance in zip(slots, drawn, strict=True):
            story = self._story(slot, is_drawn=chance < self._share)
            if story:
                self._stories.append(story)
        self._next_slot = max(self._next_slot, slots.stop)
        stories = list(self._stories)
        return stories[: bisect_right(stories, now_ms, key=lambda story: story.moment_ms)]

    def draw(self, story: Story, what: str) -> float:
        """A number in [0, 1) that belongs to a story for ever."""
        return self._chance.one(f"{self._feed} {what}", story.slot)

    def happens(self, story: Story, what: str, share: float) -> bool:
        """Whether a story is one of the share of stories for which this holds, for ever."""
        return self.draw(story, what) < share

    def grown(self, story: Story, what: str, most: int, now_ms: int) -> int:
        """A count (votes, views) that grows with the story's age, quickly at first."""
        age = max(0, now_ms - story.moment_ms)
        return int(most * self.draw(story, what) * (1.0 - 0.5 ** (age / _VOTE_HALF_LIFE_MS)))

    def _story(self, slot: int, *, is_drawn: bool) -> Story | None:
        minute = slot * SLOT_MS // MINUTE_MS
        for at, coverage in enumerate(self._plan.coverage(minute)):
            since = slot - coverage.start * MINUTE_MS // SLOT_MS
            if since % (coverage.every_seconds // _SLOT_SECONDS) == at:
                return self._tell(slot, coverage.row, coverage.tone)
        if not is_drawn:
            return None
        row = self._subject(slot, minute)
        return self._tell(slot, row, self._tone(row, minute))

    def _subject(self, slot: int, minute: int) -> int:
        on_stage = {row for each in self._plan.rounds(minute, minute) for row in each.rows}
        free = [row for row in range(min(_SPOKEN_OF, len(self._names))) if row not in on_stage]
        return free[int(self._chance.one(f"{self._feed} subject", slot) * len(free))]

    def _tone(self, row: int, minute: int) -> str:
        hour, mark = divmod(minute, MINUTES)
        moved = float(self._paths(hour)[row, mark] - self._paths(hour - 1)[row, mark])
        sigmas = moved / (float(self._walk.sigma[row]) * MINUTES**0.5)
        if abs(sigmas) < _TELLING_SIGMAS:
            return NEUTRAL
        return POSITIVE if sigmas > 0 else NEGATIVE

    def _path(self, hour: int) -> Floats:
        """Log prices of all markets that are spoken of."""
        return self._walk.hour(hour, self._walk.rows[:_SPOKEN_OF]).log_price

    def _tell(self, slot: int, row: int, tone: str) -> Story:
        within = self._chance.one(f"{self._feed} moment", slot)
        name = self._names[row]
        choices = PHRASES[tone]
        phrase = choices[int(self._chance.one(f"{self._feed} phrase", slot) * len(choices))]
        amount = 100 + int(self._chance.one(f"{self._feed} amount", slot) * 9900)
        words = {
            "symbol": name.symbol,
            "korean": name.korean,
            "english": name.english,
            "amount": amount,
        }
        return Story(
            slot=slot,
            moment_ms=slot * SLOT_MS + int(within * SLOT_MS),
            symbol=name.symbol,
            english_name=name.english,
            tone=tone,
            korean=phrase.korean.format(**words),
            english=phrase.english.format(**words),
            korean_body=phrase.korean_body.format(**words),
            english_body=phrase.english_body.format(**words),
        )
