"""What one poll brought, page by page, and the records that it comes to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import orjson

from cointicker.kafka.producer import Message
from cointicker.messages import SCHEMA, DeadLetter, Gap
from cointicker.times import to_ms, to_text
from collector.http import Trouble
from collector.items import Invalid, Item, Page

# What is no item at all is kept as a dead letter up to this.
_KEPT_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page with where and when it was fetched."""

    page: Page
    url: str
    at: datetime


@dataclass(slots=True)
class Haul:
    """The pages of a poll, newest first.

    `trouble` is what the poll ended with; `why_incomplete` says why something older may be missing
    between these pages and what was known before.
    """

    pages: list[Fetched] = field(default_factory=list)
    trouble: Trouble | None = None
    why_incomplete: str = ""

    def items(self) -> list[Item]:
        """Every item, in the order of the pages."""
        return [item for fetched in self.pages for item in fetched.page.items]

    def invalid(self) -> list[Invalid]:
        """Everything that is not as documented."""
        return [each for fetched in self.pages for each in fetched.page.invalid]

    @property
    def is_fruitless(self) -> bool:
        """Whether it tells nothing of the source, not even that nothing changed."""
        return self.trouble is not None and not any(each.page.items for each in self.pages)

    @property
    def is_broken_off(self) -> bool:
        """Whether an older page failed: a later poll may still get what is missing."""
        return self.trouble is not None and not self.is_fruitless


@dataclass(slots=True)
class Harvest:
    """What a haul comes to: messages to publish, and ids and hashes to remember afterwards."""

    messages: list[Message] = field(default_factory=list)
    remembered: dict[str, str] = field(default_factory=dict)
    unchanged: int = 0
    gap: Gap | None = None


@dataclass(frozen=True, slots=True)
class Wire:
    """A source's records on the topics; `question` is what it was asked, if it is asked one."""

    source: str
    topic: str
    dead_letter_topic: str
    gaps_topic: str
    question: str | None = None

    def records(self, items: Iterable[Item], fetched: Fetched) -> list[Message]:
        """The items of a page: each `RawRecord.encode`, what they share being written once."""
        topic, timestamp_ms = self.topic, to_ms(fetched.at)
        front, middle, end = self._around(fetched)
        return [
            Message(
                topic,
                item.key.encode(),
                b"".join(
                    (
                        front,
                        orjson.dumps(item.id),
                        b',"content_hash":"',
                        item.content_hash.encode(),
                        middle,
                        to_text(item.event_at).encode(),
                        end,
                        item.payload,
                        b"}",
                    )
                ),
                timestamp_ms,
            )
            for item in items
        ]

    def dead_letter(self, invalid: Invalid, fetched: Fetched) -> Message:
        """What is not as documented."""
        origin: Mapping[str, str | int] = {
            "source": self.source,
            "url": fetched.url,
            "size": len(invalid.value),
        }
        letter = DeadLetter(
            service="collector",
            reason=invalid.reason,
            detail=f"{invalid.field}: {invalid.detail}",
            topic=self.topic,
            origin=dict(origin),
            value=invalid.value[:_KEPT_BYTES],
            at=fetched.at,
        )
        key = self.topic.encode()
        return Message(self.dead_letter_topic, key, letter.encode(), to_ms(fetched.at))

    def gap(self, gap: Gap) -> Message:
        """A stretch that is missing."""
        return Message(self.gaps_topic, gap.subject.encode(), gap.encode(), to_ms(gap.at))

    def _around(self, fetched: Fetched) -> tuple[bytes, bytes, bytes]:
        """What is before an item's id, between its hash and its time, and before its payload."""
        front = b'{"schema":%d,"source":%b,"id":' % (SCHEMA, orjson.dumps(self.source))
        middle = b'","fetched_at":"%b","event_at":"' % to_text(fetched.at).encode()
        asked = b"" if self.question is None else b',"question":' + orjson.dumps(self.question)
        return front, middle, b'","url":%b%b,"payload":' % (orjson.dumps(fetched.url), asked)
