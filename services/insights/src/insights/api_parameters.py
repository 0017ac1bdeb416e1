"""The parameters of the API: each is declared once, which checks it and documents it."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from cointicker.times import to_ms
from insights.problems import BadParameter, bad_parameters, not_ready

_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_MOST_SUGGESTED = 10
Schema = dict[str, Any]


class Known(Protocol):
    """What has been seen, and whether that is all there is."""

    @property
    def has_caught_up(self) -> bool:
        """Whether everything that is kept was read."""
        ...

    def markets(self) -> set[str]:
        """Every market that was seen."""
        ...

    def symbols(self) -> set[str]:
        """Every symbol that was seen."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """When a request is answered, and from what."""

    now: datetime
    known: Known


class BadValue(ValueError):
    """A value that a parameter does not allow."""

    def __init__(self, detail: str, allowed: Sequence[str]) -> None:
        super().__init__(detail)
        self.allowed = list(allowed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter(ABC):
    """What every parameter has; `default` is what an absent one is read as."""

    name: str
    description: str
    place: Literal["query", "path"] = "query"
    default: Any = None

    @abstractmethod
    def schema(self) -> Schema:
        """Its JSON Schema."""

    @abstractmethod
    def read(self, text: str, asked: Asked) -> Any:
        """Its value. Raises BadValue."""

    def document(self) -> Schema:
        """Its place in the OpenAPI document."""
        return {
            "name": self.name,
            "in": self.place,
            "required": self.place == "path",
            "description": self.description,
            "schema": self.schema(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOf(Parameter):
    """One of some words."""

    words: Sequence[str]

    def schema(self) -> Schema:
        """Its JSON Schema."""
        default = {} if self.default is None else {"default": self.default}
        return {"type": "string", "enum": list(self.words), **default}

    def read(self, text: str, asked: Asked) -> str:  # noqa: ARG002 (each kind reads alike)
        """The word."""
        if text not in self.words:
            raise BadValue("not one of the allowed values", self.words)
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class SomeOf(Parameter):
    """One or several of some words, by comma."""

    words: Sequence[str]

    def schema(self) -> Schema:
        """Its JSON Schema."""
        items = {"type": "string", "enum": list(self.words)}
        default = {} if self.default is None else {"default": sorted(self.default)}
        return {"type": "array", "items": items, "minItems": 1, **default}

    def document(self) -> Schema:
        """As every parameter, with how a list is written."""
        return {**Parameter.document(self), "style": "form", "explode": False}

    def read(self, text: str, asked: Asked) -> frozenset[str]:  # noqa: ARG002
        """The words."""
        given = frozenset(text.split(","))
        unknown = sorted(given.difference(self.words))
        if unknown:
            raise BadValue(f"not allowed: {', '.join(map(repr, unknown))}", self.words)
        return given


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole(Parameter):
    """A whole number in a range."""

    least: int
    most: int

    def schema(self) -> Schema:
        """Its JSON Schema."""
        bounds = {"minimum": self.least, "maximum": self.most}
        return {"type": "integer", **bounds, "default": self.default}

    def read(self, text: str, asked: Asked) -> int:  # noqa: ARG002
        """The number."""
        value = int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else None
        if value is None or not self.least <= value <= self.most:
            raise BadValue("not a whole number in the range", [f"{self.least} to {self.most}"])
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Since(Parameter):
    """A moment, as itself or as a duration before now; read as ms since 1970 UTC."""

    def schema(self) -> Schema:
        """Its JSON Schema."""
        return {
            "anyOf": [
                {"type": "string", "format": "date-time"},
                {"type": "string", "pattern": "^[0-9]{1,6}[smhd]$"},
            ],
            "examples": ["2026-03-11T14:40:00Z", "15m"],
        }

    def read(self, text: str, asked: Asked) -> int:
        """The moment."""
        now_ms = to_ms(asked.now)
        duration = re.fullmatch(r"([0-9]{1,6})([smhd])", text)
        moment = None if duration else _moment(text)
        if duration:
            since_ms = now_ms - int(duration[1]) * _UNIT_SECONDS[duration[2]] * 1_000
        else:
            since_ms = -1 if moment is None else to_ms(moment)
        if not 0 <= since_ms <= now_ms:
            allowed = [
                "an RFC 3339 time with its zone, not after now, like 2026-03-11T14:40:00Z",
                "a duration in s, m, h or d, like 90s, 15m, 1h or 1d",
            ]
            raise BadValue("not a time in the past and not a duration", allowed)
        return since_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen(Parameter):
    """A name that was seen in the last hours."""

    what: Literal["market", "symbol"]
    example: str

    def schema(self) -> Schema:
        """Its JSON Schema."""
        return {"type": "string", "minLength": 1, "maxLength": 64, "examples": [self.example]}

    def read(self, text: str, asked: Asked) -> str:
        """The name. Raises Refusal while it may only not have been read yet."""
        seen = asked.known.markets() if self.what == "market" else asked.known.symbols()
        if text in seen:
            return text
        if not asked.known.has_caught_up:
            raise not_ready(f"the {self.what} {text[:64]!r} may not have been read yet")
        detail = f"no {self.what} of this name was seen lately ({len(seen)} were)"
        raise BadValue(detail, _near(text, seen))


def read_all(
    parameters: Iterable[Parameter],
    given: Sequence[tuple[str, str]],
    path: Mapping[str, str],
    asked: Asked,
) -> dict[str, Any]:
    """The value of every parameter by name. Raises Refusal with all that is wrong at once."""
    values: dict[str, Any] = {}
    errors: list[BadParameter] = []
    declared = {each.name: each for each in parameters}
    queries = [name for name, each in declared.items() if each.place == "query"]
    for name, text in [*path.items(), *given]:
        if name not in declared or (name in path and (name, text) in given):
            errors.append(BadParameter(name, text[:200], "no such parameter", queries))
        elif name in values:
            errors.append(BadParameter(name, text[:200], "given more than once", ["once"]))
        else:
            values[name] = None
            try:
                values[name] = declared[name].read(text, asked)
            except BadValue as error:
                errors.append(BadParameter(name, text[:200], str(error), error.allowed))
    if errors:
        raise bad_parameters(errors)
    return {name: values.get(name, each.default) for name, each in declared.items()}


def _moment(text: str) -> datetime | None:
    """An RFC 3339 time; a `+` of its zone may have arrived as a space."""
    if not re.match(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d", text):
        return None
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _near(text: str, seen: Iterable[str]) -> list[str]:
    """The names that were most likely meant: those that share a part with it, or some names."""
    parts = {part for part in re.split(r"[^A-Z0-9]+", text.upper()) if part}

    def distance(name: str) -> tuple[int, str]:
        upper = name.upper()
        shared = parts.intersection(upper.split("-"))
        within = any(part in upper or upper in part for part in parts)
        return (0 if upper == text.upper() else 1 if shared and within else 2 - within, name)

    return sorted(seen, key=distance)[:_MOST_SUGGESTED]
