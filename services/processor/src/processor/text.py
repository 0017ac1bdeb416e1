"""Texts of sources made plain: no markup, one kind of space, and which language they are in."""

import re
import unicodedata
from html.parser import HTMLParser

from cointicker.errors import InvalidMessage

# A text that is longer is no news: the parser's time must stay bounded.
MOST_CHARACTERS = 200_000
# Of letters, Hangul and Latin: Korean headlines are full of Latin tickers, not so the other way.
_KOREAN_SHARE = 0.25

_BREAKS = frozenset(
    ("br", "p", "div", "li", "ul", "ol", "tr", "table", "blockquote", "section", "article", "hr")
) | frozenset(f"h{level}" for level in range(1, 7))
_HIDDEN = frozenset(("script", "style"))
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad]")
_SPACES = re.compile(r"[^\S\n]+")
_HANGUL = re.compile("[\uac00-\ud7a3\u1100-\u11ff\u3130-\u318f]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")


def paragraphs(markup: str, field: str) -> str:
    """The text of HTML or of plain text: one line a paragraph, none of them empty."""
    lines = (_SPACES.sub(" ", line).strip() for line in _visible(markup, field).split("\n"))
    return "\n".join(line for line in lines if line)


def one_line(markup: str, field: str) -> str:
    """The text of HTML or of plain text on one line."""
    return " ".join(_visible(markup, field).split())


def language(text: str) -> str:
    """`ko` or `en` by the share of Hangul among the letters, `und` where there are neither."""
    hangul, latin = len(_HANGUL.findall(text)), len(_LATIN.findall(text))
    if not hangul and not latin:
        return "und"
    return "ko" if hangul >= _KOREAN_SHARE * (hangul + latin) else "en"


def unique(words: list[str]) -> list[str]:
    """Each once, in the order of their first places."""
    return list(dict.fromkeys(words))


def _visible(markup: str, field: str) -> str:
    if len(markup) > MOST_CHARACTERS:
        raise InvalidMessage("too_long", f"{field}: {len(markup)} characters")
    text = _without_tags(markup) if "<" in markup or "&" in markup else markup
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
    return "".join(each if each == "\n" or each.isprintable() else " " for each in text)


def _without_tags(markup: str) -> str:
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    return "".join(reader.parts)


class _Reader(HTMLParser):
    """Collects what is to be seen; where a paragraph ends, a line ends."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._hidden += tag in _HIDDEN
        self._break_at(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        self._break_at(tag)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)

    def parse_html_declaration(self, i: int) -> int:
        """Skip it: the inherited one fails on what is none of HTML's."""
        return self.parse_bogus_comment(i)

    def _break_at(self, tag: str) -> None:
        if tag in _BREAKS:
            self.parts.append("\n")
