"""What a source's module makes of one raw item."""

from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from cointicker.processed import Analysis, FearGreed, News

_LONGEST_ADDRESS = 2_000


class Cleaned(NamedTuple):
    """A record in its revision 0, when its fact happened, and how many codes meant no coin."""

    record: News | FearGreed | Analysis
    event_at: datetime
    unmapped: int = 0


def web_address(text: str | None) -> str | None:
    """The address if it is one of the web, else None."""
    text = (text or "").strip()
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    is_good = parts.scheme in ("http", "https") and bool(parts.netloc) and text.isprintable()
    return text if is_good and " " not in text and len(text) <= _LONGEST_ADDRESS else None
