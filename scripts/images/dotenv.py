"""The file `.env`: a few of its lines replaced, all others left as they are."""

import re
from collections.abc import Mapping

_ASSIGNED = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=")


def with_values(text: str, values: Mapping[str, str]) -> str:
    """The text with these values set, each where it was set before, else at the end."""
    left = dict(values)
    lines = []
    for line in text.splitlines():
        name = assigned(line)
        if name not in values:
            lines.append(line)
        elif name in left:
            lines.append(f"{name}={left.pop(name)}")
    lines += [f"{name}={value}" for name, value in left.items()]
    return "".join(f"{line}\n" for line in lines)


def values(text: str) -> dict[str, str]:
    """What is set, by its name."""
    lines = [(assigned(line), line.partition("=")[2].strip()) for line in text.splitlines()]
    return {name: value for name, value in lines if name}


def assigned(line: str) -> str | None:
    """The name that a line sets, None for a comment or an empty line."""
    found = _ASSIGNED.match(line)
    return found[1] if found else None
