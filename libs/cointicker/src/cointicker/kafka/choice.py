"""Which topics are meant by names and globs; if none is, what exists and is near."""

import fnmatch
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from cointicker.errors import ConfigError

_MOST_NEAR = 3
_LEAST = 1.35


def choose_topics(wanted: Sequence[str], existing: Sequence[str]) -> list[str]:
    """The topics that exist and are meant, by name. Raises ConfigError, a line for each."""
    chosen: set[str] = set()
    problems = []
    for each in wanted:
        meant = fnmatch.filter(existing, each)
        chosen.update(meant)
        if not meant:
            problems.append(unknown_topic(each, existing))
    if problems:
        raise ConfigError(problems)
    return sorted(chosen)


def unknown_topic(name: str, existing: Sequence[str]) -> str:
    """That there is none, and what there is instead."""
    what = "no topic matches" if set(name) & set("*?[") else "no such topic:"
    near = _near(name, existing)
    if near:
        return f"{what} {name}; near it: {', '.join(near)}"
    if existing:
        return f"{what} {name}; cointicker topics list shows what there is"
    return f"{what} {name}; there is none at all yet (cointicker topics create)"


def _near(name: str, existing: Iterable[str]) -> list[str]:
    likeness = {each: _likeness(name.strip("*"), each) for each in existing}
    near = sorted(
        (each for each in likeness if likeness[each] >= _LEAST), key=lambda each: -likeness[each]
    )
    return near[:_MOST_NEAR]


def _likeness(name: str, other: str) -> float:
    # Names share a long front: what follows it tells them apart.
    end, other_end = name.rpartition(".")[2], other.rpartition(".")[2]
    ends = SequenceMatcher(None, end, other_end).ratio() if end else 0.5
    return SequenceMatcher(None, name, other).ratio() + ends
