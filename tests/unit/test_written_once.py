"""What a service knows is written in one place, and what is written is read."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SERVICES = Path(__file__).parents[2] / "services"


def sources(service: str) -> dict[Path, str]:
    return {path: path.read_text() for path in (SERVICES / service / "src").rglob("*.py")}


def constants(source: str) -> Iterator[str]:
    """The names in capitals that a module gives to values."""
    for node in ast.parse(source).body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign):
            targets = [node.target]
        for target in targets:
            if isinstance(target, ast.Name) and target.id.isupper():
                yield target.id


@pytest.mark.parametrize(
    ("service", "what"),
    [
        ("insights", r'"low",\s*"medium",\s*"high",\s*"critical"'),
        ("insights", r'= "insights"$|service="insights"'),
        ("processor", r'= "processor"$|service="processor"'),
        ("processor", r"^DUPLICATE ="),
        ("processor", r"^TOO_OLD ="),
    ],
)
def test_it_is_written_once(service: str, what: str) -> None:
    texts = sources(service).values()
    assert sum(len(re.findall(what, text, re.MULTILINE)) for text in texts) == 1


@pytest.mark.parametrize("service", ["processor", "insights"])
def test_every_constant_is_read(service: str) -> None:
    texts = sources(service)
    everything = "\n".join(texts.values())
    unread = [
        f"{path.stem}.{name}"
        for path, text in texts.items()
        for name in constants(text)
        if len(re.findall(rf"\b{name}\b", text if name.startswith("_") else everything)) < 2
    ]
    assert unread == []
