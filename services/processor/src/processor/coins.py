"""Which coins a text speaks of, and by which ticker a coin goes now."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files

_CODE = re.compile(r"[A-Z0-9]{1,20}")
_TAG = re.compile(r"(?<![A-Za-z0-9$])\$([A-Z][A-Z0-9]{0,9})(?![A-Za-z0-9])")
_PARENTHESISED = re.compile(r"\(([A-Z0-9]{1,10})\)")
# What a Korean noun can end with and still be the same noun.
_PARTICLES = (
    "은 는 이 가 을 를 의 와 과 도 로 으로 에 에서 에게 만 까지 부터 보다 처럼 "
    "나 이나 라 이라 란 이란 측 발 등"
)
_AFTER_KOREAN = f"(?=(?:{'|'.join(_PARTICLES.split())})?(?![가-힣]))"
# A Korean name of so many syllables is nothing else, whatever is written on to it.
_UNMISTAKABLE = 4


@dataclass(frozen=True, slots=True)
class Coins:
    """The table: `names` gives the symbol of a name in lower case, `alone` of those in prose."""

    symbols: frozenset[str]
    alone: frozenset[str]
    names: dict[str, str]
    renamed: dict[str, str]
    pattern: re.Pattern[str] = field(repr=False)

    def current(self, code: str) -> str | None:
        """The ticker that a source's code means now, None if it is no code at all."""
        code = code.strip().upper()
        return self.renamed.get(code, code) if _CODE.fullmatch(code) else None

    def known(self, code: str) -> str | None:
        """The ticker that a code means now, None if it is not of the table."""
        found = self.current(code)
        return found if found in self.symbols else None

    def spoken_of(self, text: str) -> list[str]:
        """The coins that a headline names, in its order: names, tickers, `$TAG` and `(TAG)`."""
        found = [*self._tagged(text), *self._named(text)]
        return [symbol for _, symbol in sorted(found)]

    def tags(self, text: str) -> list[str]:
        """The codes after a dollar sign, of the table or not."""
        return _TAG.findall(text)

    def _tagged(self, text: str) -> Iterator[tuple[int, str]]:
        for pattern in (_TAG, _PARENTHESISED):
            for match in pattern.finditer(text):
                symbol = self.known(match[1])
                if symbol:
                    yield match.start(), symbol

    def _named(self, text: str) -> Iterator[tuple[int, str]]:
        for match in self.pattern.finditer(text):
            name = match[0]
            yield match.start(), self.names.get(name.lower()) or self.renamed.get(name, name)


@lru_cache(maxsize=1)
def load_coins() -> Coins:
    """The table that comes with this package."""
    return read_coins(files(__package__).joinpath("coins.txt").read_text(encoding="utf-8"))


def read_coins(text: str) -> Coins:
    """The table of a text as coins.txt explains it."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    renamed = dict(_pair(line, ">") for line in lines if ">" in line)
    named = [_pair(line, "|") for line in lines if "|" in line]
    symbols = [symbol.removeprefix("~") for symbol, _ in named]
    ambiguous = {symbol[1:] for symbol, _ in named if symbol.startswith("~")}
    by_name = {
        name.strip(): symbol.removeprefix("~")
        for symbol, names in named
        for name in names.split(",")
    }
    # An old ticker is as plain in prose as one of today's, if it has three letters at least.
    old = {each for each in renamed if each not in ambiguous}
    alone = frozenset(symbols) - ambiguous
    return Coins(
        symbols=frozenset(symbols),
        alone=alone,
        names={name.lower(): symbol for name, symbol in by_name.items()},
        renamed=renamed,
        pattern=_pattern(by_name, alone | old),
    )


def _pair(line: str, mark: str) -> tuple[str, str]:
    left, _, right = line.partition(mark)
    return left.strip(), right.strip()


def _pattern(names: Iterable[str], symbols: Iterable[str]) -> re.Pattern[str]:
    """Longest first: `비트코인캐시` is not `비트코인`, `Bitcoin Cash` not `Bitcoin`."""
    written = list(names)
    latin = [name for name in written if name.isascii()]
    korean = [name for name in written if not name.isascii()]
    ways = [*((each, _latin(each)) for each in latin), *((each, each) for each in symbols)]
    latin_side = "|".join(way for _, way in sorted(ways, key=_longest_first))
    korean_side = "|".join(_korean(name) for name in sorted(korean, key=len, reverse=True))
    return re.compile(
        rf"(?<![A-Za-z0-9$.])(?:{latin_side})(?![A-Za-z0-9])|(?<![가-힣])(?:{korean_side})"
    )


def _longest_first(way: tuple[str, str]) -> tuple[int, str]:
    return -len(way[0]), way[1]


def _latin(name: str) -> str:
    if name == name.lower():
        return f"(?i:{re.escape(name)})"
    return f"{re.escape(name)}|{re.escape(name.upper())}"


def _korean(name: str) -> str:
    return name if len(name) >= _UNMISTAKABLE else name + _AFTER_KOREAN
