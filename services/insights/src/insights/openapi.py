"""The API's document (OpenAPI 3.1), made of the declarations that check its requests."""

from collections.abc import Sequence
from typing import Any

import msgspec

from insights import problems, stream
from insights.api_operations import OPERATIONS, STREAM_PARAMETERS, STREAM_PATH, Operation
from insights.api_parameters import Parameter
from insights.problems import Problem

PATH = "/api/openapi.json"
# Of the API, not of the package: the first number changes when a client has to.
VERSION = "1.0"
_REF = "#/components/schemas/{name}"
_INTRODUCTION = (
    "Insights and candles of crypto markets, as they were committed to Kafka. Times are UTC, "
    "durations and amounts name their unit. No data is an empty list or null."
)
Json = dict[str, Any]


def document() -> Json:
    """The whole document."""
    shapes = [each.result for each in OPERATIONS]
    references, components = msgspec.json.schema_components([*shapes, Problem], ref_template=_REF)
    *results, problem = references
    paths: Json = {
        each.path: {"get": _get(each, result, problem)}
        for each, result in zip(OPERATIONS, results, strict=True)
    }
    paths[STREAM_PATH] = {"get": _stream(problem)}
    paths[PATH] = {"get": _own()}
    return {
        "openapi": "3.1.0",
        "info": {"title": "CoinTicker insights", "version": VERSION, "description": _INTRODUCTION},
        "paths": paths,
        "components": {"schemas": components},
    }


def _get(operation: Operation, result: Json, problem: Json) -> Json:
    headers = {
        "ETag": _header("Changes with the answer; send it as If-None-Match."),
        "Cache-Control": _header("Always no-cache: ask again, and get 304 if it is the same."),
    }
    answered = {
        "description": operation.summary,
        "headers": headers,
        "content": {"application/json": {"schema": result}},
    }
    return {
        "operationId": operation.id,
        "summary": operation.summary,
        "description": operation.description,
        "parameters": _documents(operation.parameters),
        "responses": {
            "200": answered,
            "304": {"description": "The answer is still that of If-None-Match."},
            **_problems(problem),
        },
    }


def _stream(problem: Json) -> Json:
    resume = {
        "name": "Last-Event-ID",
        "in": "header",
        "required": False,
        "description": "The id of the last event that was seen: what came after it comes first.",
        "schema": {"type": "string"},
    }
    events = {
        "schema": {"type": "string", "description": stream.DESCRIPTION},
        "examples": {"insight": {"value": stream.EXAMPLE}},
    }
    return {
        "operationId": "stream",
        "summary": "Insights as they are committed (server-sent events)",
        "description": stream.DESCRIPTION,
        "parameters": [*_documents(STREAM_PARAMETERS), resume],
        "responses": {
            "200": {"description": "Events.", "content": {"text/event-stream": events}},
            **_problems(problem),
        },
    }


def _own() -> Json:
    content = {"application/json": {"schema": {"type": "object"}}}
    return {
        "operationId": "openapi",
        "summary": "This document",
        "responses": {"200": {"description": "This document.", "content": content}},
    }


def _documents(parameters: Sequence[Parameter]) -> list[Json]:
    return [each.document() for each in parameters]


def _problems(problem: Json) -> Json:
    content = {problems.MEDIA_TYPE: {"schema": problem}}
    return {
        "400": {"description": "A parameter cannot be used.", "content": content},
        "503": {
            "description": "Not now.",
            "headers": {"Retry-After": _header("Seconds until it is worth another try.")},
            "content": content,
        },
    }


def _header(description: str) -> Json:
    return {"description": description, "schema": {"type": "string"}}
