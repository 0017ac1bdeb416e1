"""Which series an expression of Prometheus asks for, by their names."""

import re

_PATTERN = re.compile(r'__name__=~"([^"]+)"')
# What is no name: texts, the labels of a selector, its range, and the labels of an aggregation.
_OTHER = re.compile(
    r'"[^"]*"|\{[^}]*\}|\[[^\]]*\]|\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)'
)
_NAME = re.compile(r"(?<![\w:.])[a-zA-Z_:][\w:]*(?![\w:]|\s*\()")
_WORDS = {"and", "or", "unless", "bool", "offset", "inf", "nan"}


def selected(expr: str) -> set[str]:
    """The name of each selector, as a pattern that the whole name fits."""
    text = re.sub(r'"[^"]*"', lambda text: text[0].translate({0x7B: "", 0x7D: ""}), expr)
    return set(_PATTERN.findall(expr)) | set(_NAME.findall(_OTHER.sub(" ", text))) - _WORDS
