"""One poll of a source: its newest page, and older ones until one shows something known."""

from collections.abc import Callable

from cointicker.errors import InvalidMessage
from collector.clock import Clock
from collector.haul import Fetched, Haul
from collector.http import UNCHANGED, Http, Trouble
from collector.items import Invalid, Page
from collector.source import Cursor, Source


async def fetch_pages(
    source: Source, http: Http, reaches_back: Callable[[Page], bool], clock: Clock
) -> Haul:
    """The pages of a poll. Raises Trouble if there is not even the first."""
    haul = Haul()
    cursor: Cursor | None = None
    for number in range(2, source.max_pages + 2):
        try:
            reply = await source.fetch(http, cursor)
        except Trouble as trouble:
            if not haul.pages:
                raise
            haul.trouble, haul.why_incomplete = trouble, trouble.reason
            return haul
        if reply.status == UNCHANGED:
            return haul
        page = _parsed(source, reply.body)
        haul.pages.append(Fetched(page, reply.url, clock.utc()))
        if not page.items:
            return _ended(haul, page)
        if reaches_back(page):
            return haul
        cursor = Cursor(number, page.items[-1])
    haul.why_incomplete = "too_many_pages"
    return haul


def _parsed(source: Source, body: bytes) -> Page:
    try:
        return source.parse(body)
    except InvalidMessage as error:
        return Page([], [Invalid(error.reason, "reply", error.detail, body)])


def _ended(haul: Haul, page: Page) -> Haul:
    """End with a page that has nothing to use: trouble, unless older ones simply end there."""
    reason = page.invalid[0].reason if page.invalid else "empty"
    detail = page.invalid[0].detail if page.invalid else "no items"
    if page.invalid or len(haul.pages) == 1:
        haul.trouble = Trouble(reason, detail)
    haul.why_incomplete = reason
    return haul
