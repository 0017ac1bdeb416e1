"""The tone of a text, from a small list of words with weights, in Korean and English."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Self

# What comes later in a text is rarely about its subject.
_MOST_CHARACTERS = 2_000
_TITLE_COUNTS = 2.0
# "not", "no" and the like turn an English word around that is among the next three.
_NOT = re.compile(
    r"\b(?:not|no|never|without|denie[sd]|deny|avoid\w*|\w+n['’]t)(?:\s+[\w'-]+){0,2}\s+\Z"  # noqa: RUF001
)
_REACH = 40
# Korean turns a word around after it: 호재 없다, 하락하지 않았다, 악재가 아니다.
_KOREAN_NOT = re.compile(
    r"(?:\w{0,4}지\s*(?:는\s*)?(?:않|못)|(?:은|는|이|가|도)?\s*(?:없|아니|아닌))"
)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Weights of words; `tone` is what they make of a text."""

    exact: Mapping[str, float]
    prefixes: Mapping[str, float]
    pattern: re.Pattern[str]

    @classmethod
    def load(cls) -> Self:
        """The list that comes with this service."""
        text = files("insights").joinpath("lexicon.toml").read_text(encoding="utf-8")
        return cls.of(tomllib.loads(text))

    @classmethod
    def of(cls, lists: Mapping[str, Mapping[str, float]]) -> Self:
        """A list of this form: tables `english` and `korean`, weights by word."""
        english, korean = lists["english"], lists["korean"]
        pattern = rf"\b(?:{_either(english)})(?!\w)|(?:{_either(korean)})"
        words = {**english, **korean}
        return cls(
            {word: weight for word, weight in words.items() if not word.endswith("*")},
            {word[:-1]: weight for word, weight in words.items() if word.endswith("*")},
            re.compile(pattern, re.ASCII),
        )

    def tone(self, title: str, body: str = "") -> float | None:
        """From -1 (all bad) to 1 (all good); None if no word is known: that is not 0."""
        weights = [_TITLE_COUNTS * weight for weight in self._weights(title)]
        weights += self._weights(body[:_MOST_CHARACTERS])
        if not weights:
            return None
        return round(sum(weights) / sum(map(abs, weights)), 3)

    def _weights(self, text: str) -> Iterator[float]:
        text = text.lower()
        for match in self.pattern.finditer(text):
            weight = self._weight(match.group())
            yield -weight if _is_negated(text, match) else weight

    def _weight(self, word: str) -> float:
        if word in self.exact:
            return self.exact[word]
        known = max((each for each in self.prefixes if word.startswith(each)), key=len)
        return self.prefixes[known]


def _either(words: Mapping[str, float]) -> str:
    """A pattern for any of these words, the longest first."""
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return "|".join(re.escape(word).replace(r"\*", r"\w*") for word in longest_first)


def _is_negated(text: str, match: re.Match[str]) -> bool:
    if match.group()[0].isascii():
        return bool(_NOT.search(text[max(0, match.start() - _REACH) : match.start()]))
    return bool(_KOREAN_NOT.match(text, match.end()))
