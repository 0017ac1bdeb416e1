"""How an edit of an item is told from the item as it was: one definition for every producer."""

import hashlib
from collections.abc import Iterable
from typing import Any

import orjson


def content_hash(payload: dict[str, Any], volatile: Iterable[str] = ()) -> str:
    """The first 16 hex digits of SHA-256 over the sorted JSON, less the volatile fields.

    Volatile is what changes without the fact having changed, such as a counter of views.
    """
    kept = payload.copy()
    for name in volatile:
        kept.pop(name, None)
    return hashlib.sha256(orjson.dumps(kept, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]
