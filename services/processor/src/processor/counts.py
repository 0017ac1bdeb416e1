"""What became of the records of one poll, in numbers."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Counts:
    """Every record is `processed`, `duplicates` or in `refused` (by reason), and in one only.

    `revisions` are those of the processed that edit an earlier version; `unmapped` are codes of
    sources that meant no coin.
    """

    processed: int = 0
    revisions: int = 0
    duplicates: int = 0
    unmapped: int = 0
    refused: Counter[str] = field(default_factory=Counter)


# Takes the source, the kind of its records, and the counts of one poll.
Report = Callable[[str, str, Counts], None]
