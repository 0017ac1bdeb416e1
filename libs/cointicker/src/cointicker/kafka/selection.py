"""Names and globs that somebody typed, against the names that there are."""

from collections.abc import Collection, Iterable, Sequence
from difflib import get_close_matches

from cointicker.errors import ConfigError
from cointicker.kafka.patterns import is_meant

TOPICS = "cointicker topics list"


def select(
    wanted: Sequence[str], existing: Collection[str], *, kind: str = "topic", see: str = TOPICS
) -> list[str]:
    """The names that are meant, in order; all, if nothing is wanted.

    Raises ConfigError with a line for each name or glob that means nothing there is; `see` tells
    where all names can be seen.
    """
    if not wanted:
        return sorted(existing)
    problems = [
        unknown(each, existing, kind=kind, see=see)
        for each in wanted
        if not any(is_meant(name, [each]) for name in existing)
    ]
    if problems:
        raise ConfigError(problems)
    return sorted(name for name in existing if is_meant(name, wanted))


def unknown(name: str, existing: Iterable[str], *, kind: str = "topic", see: str = TOPICS) -> str:
    """One line about a name that is not there, with those that may have been meant."""
    near = get_close_matches(name, sorted(existing), n=3)
    if near and not set(name) & set("*?["):
        return f"no {kind} {name}: did you mean {' or '.join(near)}?"
    return f"no {kind} {name} (those there are: {see})"
