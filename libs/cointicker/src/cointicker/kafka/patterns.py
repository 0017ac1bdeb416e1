"""Names and globs of topics as the one regular expression that a subscription takes."""

import fnmatch
import re
from collections.abc import Sequence


def topics_pattern(topics: Sequence[str]) -> str:
    """Matches, from the first to the last character, every topic that one of `topics` means."""
    return "|".join(f"(?:{fnmatch.translate(each)})" for each in topics)


def is_meant(topic: str, topics: Sequence[str]) -> bool:
    """Whether the names and globs mean this topic."""
    return re.match(topics_pattern(topics), topic) is not None
