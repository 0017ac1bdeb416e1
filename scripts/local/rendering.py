"""The shared configuration files with other values for a few settings, and no other difference."""

import re
from collections.abc import Mapping
from xml.sax.saxutils import escape

from local.errors import StackError


def render_properties(text: str, values: Mapping[str, str]) -> str:
    """A Java properties file with these values; each must be set in `text` already."""
    for name, value in values.items():
        line = re.compile(rf"^{re.escape(name)}=.*$", re.MULTILINE)
        text = _replace(line, f"{name}={value}", text, name)
    return text


def render_xml(text: str, values: Mapping[str, str]) -> str:
    """A Hadoop configuration file with these values; each must be set in `text` already."""
    for name, value in values.items():
        setting = re.compile(rf"(?<=<name>{re.escape(name)}</name>)(\s*)<value>[^<]*</value>")
        text = _replace(setting, rf"\g<1><value>{escape(value)}</value>", text, name)
    return text


def _replace(pattern: re.Pattern[str], replacement: str, text: str, name: str) -> str:
    rendered, count = pattern.subn(replacement, text)
    if count != 1:
        raise StackError(f"{name} is set {count} times in its configuration file, not once")
    return rendered
