"""What of a source was accepted lately: the facts that did not change need not be told again."""

from collections import OrderedDict
from collections.abc import Iterable


class Seen:
    """The content hash of each of the last `limit` ids; the one asked for longest ago goes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._hashes: OrderedDict[str, str] = OrderedDict()

    def __len__(self) -> int:
        return len(self._hashes)

    def __contains__(self, id_: str) -> bool:
        return id_ in self._hashes

    def is_unchanged(self, id_: str, content_hash: str) -> bool:
        """Whether this very content was accepted last under this id."""
        known = self._hashes.get(id_)
        if known is not None:
            self._hashes.move_to_end(id_)
        return known == content_hash

    def remember(self, accepted: Iterable[tuple[str, str]]) -> None:
        """Note what was accepted: pairs of id and content hash."""
        for id_, content_hash in accepted:
            self._hashes[id_] = content_hash
            self._hashes.move_to_end(id_)
        while len(self._hashes) > self._limit:
            self._hashes.popitem(last=False)
