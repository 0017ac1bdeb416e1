"""What a reply says beside its body: whether it is one, when to ask again, how much is left."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from collector.http import UNCHANGED, Reply, Trouble

# A wait that a server asks for is obeyed up to this; more is a mistake of theirs.
_LONGEST_WAIT_SECONDS = 3600.0
_SHOWN_BYTES = 200
_REMAINING = re.compile(r"group=[a-z\-]+;\s*min=\d+;\s*sec=(\d{1,6})\b")
_BLOCKED = {401: "unauthorized", 402: "unpaid", 403: "blocked", 418: "banned"}


def check(reply: Reply, now: datetime) -> None:
    """Raise Trouble unless the reply is a success, or says that nothing changed."""
    wait = wait_seconds(reply.headers, now)
    shown = f"{reply.status}: {_shown(reply.body)}"
    if reply.status in _BLOCKED:
        raise Trouble(_BLOCKED[reply.status], shown, is_blocked=True, wait_seconds=wait)
    if reply.status == 429:  # noqa: PLR2004 (Too Many Requests)
        raise Trouble("rate_limited", shown, wait_seconds=max(1.0, wait))
    if reply.status != UNCHANGED and not 200 <= reply.status < 300:  # noqa: PLR2004
        raise Trouble(f"http_{reply.status // 100}xx", shown, wait_seconds=wait)
    if _is_html(reply):
        raise Trouble("blocked", shown, is_blocked=True, wait_seconds=wait)


def wait_seconds(headers: Mapping[str, str], now: datetime) -> float:
    """The seconds of a Retry-After, given as a number or as a date; 0 without one."""
    text = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}", text, re.ASCII):
        return min(float(text), _LONGEST_WAIT_SECONDS)
    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        wait = (moment - now) / timedelta(seconds=1)
    except (ValueError, TypeError, OverflowError):
        return 0.0
    return min(max(0.0, wait), _LONGEST_WAIT_SECONDS)


def remaining(headers: Mapping[str, str]) -> int | None:
    """How many requests are left in this second, where the source says so."""
    found = _REMAINING.search(headers.get("remaining-req", ""))
    return int(found[1]) if found else None


def _is_html(reply: Reply) -> bool:
    kind = reply.headers.get("content-type", "").lower()
    return "html" in kind or reply.body[:64].lstrip()[:1] == b"<"


def _shown(body: bytes) -> str:
    return body[:_SHOWN_BYTES].decode(errors="replace")
