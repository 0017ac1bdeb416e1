"""The API against its own document: what it answers is what it says that it answers."""

import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator

from insights import openapi
from insights.api_operations import OPERATIONS, STREAM_PARAMETERS
from tests.unit.insights.api.examples import (
    Answer,
    Served,
    candle,
    insight,
    put,
    put_candle,
    served,
)

GOOD = [
    "/api/insights",
    "/api/insights?kind=movers,price_move&market=KRW-BTC&symbol=BTC&severity=low,high&since=1h&limit=1",
    "/api/insights?since=2026-03-11T14:39:00Z",
    "/api/candles/KRW-BTC",
    "/api/candles/KRW-BTC?interval=1h&limit=1500&since=1d",
    "/api/candles/KRW-BTC?limit=1",
    "/api/summary",
    "/api/openapi.json",
]
BAD = [
    "/api/insights?kind=moon",
    "/api/insights?limit=1001",
    "/api/insights?limit=x",
    "/api/insights?severity=",
    "/api/candles/KRW-BTC?interval=2m",
    "/api/candles/KRW-BTC?limit=0",
    "/api/stream?kinds=moon",
]


@pytest.fixture(params=["full", "empty"])
async def api(request: pytest.FixtureRequest) -> AsyncIterator[Served]:
    async with served().open() as serving:
        put_candle(serving.view, candle(600))
        if request.param == "full":
            put(serving.view, insight("a"), insight("b", kind="movers", market="all"))
            put_candle(serving.view, candle(2))
        yield serving


async def document(api: Served) -> dict[str, Any]:
    found: dict[str, Any] = (await api.ask("/api/openapi.json")).json
    return found


def described(document: dict[str, Any], path: str) -> dict[str, Any]:
    """What the document says of GET on this path."""
    for template, item in document["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), urlsplit(path).path):
            operation: dict[str, Any] = item["get"]
            return operation
    raise AssertionError(f"{path} is not documented")


def validate(document: dict[str, Any], schema: dict[str, Any], value: object) -> None:
    whole = {**schema, "components": document["components"]}
    Draft202012Validator(whole, format_checker=FormatChecker()).validate(value)


def check_answer(document: dict[str, Any], path: str, answer: Answer) -> None:
    response = described(document, path)["responses"][str(answer.status)]
    assert set(response.get("headers", {})) <= {*answer.headers, "Retry-After"} | {"ETag"}
    validate(document, response["content"][answer.media]["schema"], answer.json)


def parse(parameter: dict[str, Any], text: str) -> object:
    kind = parameter["schema"].get("type")
    if kind == "array":
        return text.split(",")
    return int(text) if kind == "integer" and text.isdigit() else text


def is_documented(document: dict[str, Any], path: str) -> bool:
    """Whether the document allows each parameter of this request."""
    declared = {each["name"]: each for each in described(document, path)["parameters"]}
    return all(
        name in declared
        and Draft202012Validator(declared[name]["schema"]).is_valid(parse(declared[name], text))
        for name, text in parse_qsl(urlsplit(path).query, keep_blank_values=True)
    )


def test_the_document_is_openapi() -> None:
    OpenAPIV31SpecValidator(openapi.document()).validate()


def test_every_path_and_every_parameter_is_in_it() -> None:
    paths = openapi.document()["paths"]
    assert set(paths) == {*(each.path for each in OPERATIONS), "/api/stream", openapi.PATH}
    for each in OPERATIONS:
        names = [parameter["name"] for parameter in paths[each.path]["get"]["parameters"]]
        assert names == [parameter.name for parameter in each.parameters]
    documented = paths["/api/stream"]["get"]["parameters"]
    assert [each["name"] for each in documented] == [
        *(each.name for each in STREAM_PARAMETERS),
        "Last-Event-ID",
    ]


@pytest.mark.parametrize("path", GOOD)
async def test_what_the_document_allows_is_answered_as_it_says(api: Served, path: str) -> None:
    said = await document(api)
    if "kind" in path and not api.view.markets() - {"KRW-BTC"}:
        put(api.view, insight("c"))
    answer = await api.ask(path)
    assert answer.status == 200, answer.body
    if path != "/api/openapi.json":
        assert is_documented(said, path)
    check_answer(said, path, answer)


@pytest.mark.parametrize("path", BAD)
async def test_what_the_document_does_not_allow_is_refused_as_it_says(
    api: Served, path: str
) -> None:
    said = await document(api)
    assert not is_documented(said, path)
    answer = await api.ask(path)
    assert answer.status == 400
    check_answer(said, path, answer)


async def test_a_view_that_has_not_caught_up_refuses_as_the_document_says(api: Served) -> None:
    api.view.has_caught_up = False
    answer = await api.ask("/api/candles/KRW-NEW")
    assert answer.status == 503
    check_answer(await document(api), "/api/candles/KRW-NEW", answer)


async def test_an_event_of_the_stream_has_the_documented_shape(api: Served) -> None:
    said = await document(api)
    listener = await api.listen("/api/stream")
    new = insight("new")
    put(api.view, new)
    entry = api.view.get("new")
    assert entry is not None
    api.broadcast.publish(api.broadcast.of_insight(entry))
    event = await listener.next()
    validate(said, {"$ref": "#/components/schemas/Insight"}, event["data"])
    listener.close()
