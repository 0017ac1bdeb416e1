"""The shared configuration files with other values for a few settings, and no other difference."""

import re
from collections.abc import Mapping
from xml.sax.saxutils import escape

from local.errors import StackError


def render_properties(text: str, values: Mapping[str, str]) -> str:
    """A Java properties file with these values; each must be set in `text` already."""
    for name, value in values.items():
        text = _replace(rf"^({re.escape(name)}=).*()$", value, text, name)
    return text


def render_xml(text: str, values: Mapping[str, str]) -> str:
    """A Hadoop configuration file with these values; each must be set in `text` already."""
    for name, value in values.items():
        setting = rf"(<name>{re.escape(name)}</name>\s*<value>)[^<]*(</value>)"
        text = _replace(setting, escape(value), text, name)
    return text


def _replace(pattern: str, value: str, text: str, name: str) -> str:
    """Put `value` between the two groups of `pattern`, which must match once."""
    rendered, count = re.subn(
        pattern, lambda found: f"{found[1]}{value}{found[2]}", text, flags=re.MULTILINE
    )
    if count != 1:
        raise StackError(f"{name} is set {count} times in its configuration file, not once")
    return rendered
