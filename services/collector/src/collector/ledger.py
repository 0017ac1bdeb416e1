"""What was accepted of a source: what need not be told again, and what was missed since."""

import hashlib
from datetime import datetime, timedelta
from operator import attrgetter

from cointicker.messages import Gap
from collector.haul import Harvest, Haul, Wire
from collector.items import Page
from collector.progress import Progress
from collector.seen import Seen
from collector.source import Source

# A state is sampled; that one or two samples are late or lost changes nothing, nor does a reply
# that takes as long as it may.
MISSED_POLLS = 3
# So many polls in a row may fail at an older page before what they did not reach is a gap: one that
# is refused for ever must not keep its source in trouble.
BROKEN_OFF_POLLS = 5


class Ledger:
    """Decides on hauls by what was accepted before; `progress` is that of an earlier life."""

    def __init__(
        self,
        source: Source,
        wire: Wire,
        progress: Progress | None = None,
        remembered_items: int = 20_000,
    ) -> None:
        self.progress = progress
        self._source = source
        self._wire = wire
        self._seen = Seen(remembered_items)
        self._knows_items = False
        self._broken_off = 0

    @property
    def topic(self) -> str:
        """Where its records go."""
        return self._wire.topic

    def reaches_back(self, page: Page) -> bool:
        """Whether nothing can be missing between the page and what was accepted before."""
        if self._source.misses != "pages" or self.progress is None:
            return True
        # What a poll that broke off brought is known, and what is older than that is not.
        if self._knows_items and not self._broken_off:
            return any(item.id in self._seen for item in page.items)
        until = self.progress.newest_event_at
        return until is None or any(item.event_at <= until for item in page.items)

    def harvest(self, haul: Haul, now: datetime, why_missed: str) -> Harvest:
        """New and edited items, oldest first, and dead letters; less what was accepted before.

        A gap comes first, if the haul shows one; `why_missed` is why nothing was polled before it.
        """
        harvest = Harvest(gap=self._missed(haul, now, why_missed))
        if harvest.gap:
            harvest.messages.append(self._wire.gap(harvest.gap))
        for fetched in reversed(haul.pages):
            new = [
                item
                for item in sorted(fetched.page.items, key=_event_at)
                if self._is_new(item.id, item.content_hash, harvest)
            ]
            harvest.messages += self._wire.records(new, fetched)
            for each in fetched.page.invalid:
                found = hashlib.sha256(each.value).hexdigest()[:16]
                if self._is_new(f"invalid:{each.reason}:{each.field}:{found}", found, harvest):
                    harvest.messages.append(self._wire.dead_letter(each, fetched))
        return harvest

    def accept(self, haul: Haul, harvest: Harvest, now: datetime) -> None:
        """Remember what was published for good."""
        self._seen.remember(harvest.remembered.items())
        if haul.is_fruitless:
            return
        items = haul.items()
        self._knows_items = self._knows_items or bool(items)
        known = self.progress.newest_event_at if self.progress else None
        if haul.is_broken_off and not harvest.gap:
            self._broken_off += 1
            self.progress = Progress(now, known)
            return
        self._broken_off = 0
        self.progress = Progress(now, _latest(known, *(item.event_at for item in items)))

    def seconds_to_first(self, now: datetime) -> float:
        """A billed source is not asked again for what it answered before a restart."""
        if not self._source.is_billed or self.progress is None:
            return 0.0
        due = self.progress.collected_at + timedelta(seconds=self._source.interval_seconds)
        return max(0.0, (due - now).total_seconds())

    def _missed(self, haul: Haul, now: datetime, why: str) -> Gap | None:
        if self.progress is None or haul.is_fruitless:
            return None
        if self._source.misses == "samples":
            source, since = self._source, self.progress.collected_at
            in_time = max(
                source.interval_seconds * MISSED_POLLS,
                source.interval_seconds + source.deadline_seconds,
            )
            late = now - since > timedelta(seconds=in_time)
            return Gap("collector", self._source.name, since, now, why, now) if late else None
        may_go_on = haul.is_broken_off and self._broken_off + 1 < BROKEN_OFF_POLLS
        if may_go_on or not haul.why_incomplete:
            return None
        start = self.progress.newest_event_at or self.progress.collected_at
        end = max(start, min((item.event_at for item in haul.items()), default=now))
        return Gap("collector", self._source.name, start, end, haul.why_incomplete, now)

    def _is_new(self, id_: str, found: str, harvest: Harvest) -> bool:
        known = harvest.remembered.get(id_)
        if known == found or (known is None and self._seen.is_unchanged(id_, found)):
            harvest.unchanged += 1
            return False
        harvest.remembered[id_] = found
        return True


_event_at = attrgetter("event_at")


def _latest(*moments: datetime | None) -> datetime | None:
    return max((each for each in moments if each), default=None)
