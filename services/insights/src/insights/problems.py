"""Answers that refuse, as RFC 9457 has them: application/problem+json."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated

import msgspec
from msgspec import Meta

from cointicker.errors import CoinTickerError

MEDIA_TYPE = "application/problem+json"
BAD_PARAMETER = "urn:cointicker:problem:bad-parameter"
NOT_READY = "urn:cointicker:problem:not-ready"
TOO_MANY_CLIENTS = "urn:cointicker:problem:too-many-clients"


class BadParameter(msgspec.Struct, frozen=True):
    """One parameter that cannot be used."""

    parameter: Annotated[str, Meta(description="Its name.")]
    value: Annotated[str, Meta(description="What was given.")]
    detail: Annotated[str, Meta(description="What is wrong with it.")]
    allowed: Annotated[
        list[str], Meta(description="The allowed values, the nearest of them, or the range.")
    ]


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Why a request was not answered (RFC 9457)."""

    type: Annotated[
        str, Meta(description="Which kind of problem; `about:blank`: what the status says.")
    ] = "about:blank"
    title: Annotated[str, Meta(description="The kind of problem in words.")]
    status: Annotated[int, Meta(description="The HTTP status.")]
    detail: Annotated[str, Meta(description="What is wrong with this request.")]
    errors: Annotated[
        list[BadParameter], Meta(description="Each parameter that cannot be used.")
    ] = []


class Refusal(CoinTickerError):
    """A request that is answered with a problem."""

    def __init__(self, problem: Problem, retry_after_seconds: int | None = None) -> None:
        super().__init__(problem.detail)
        self.problem = problem
        self.retry_after_seconds = retry_after_seconds


def bad_parameters(errors: Sequence[BadParameter]) -> Refusal:
    """400, with every parameter that cannot be used."""
    names = ", ".join(dict.fromkeys(each.parameter for each in errors))
    return Refusal(
        Problem(
            type=BAD_PARAMETER,
            title="Bad parameter",
            status=HTTPStatus.BAD_REQUEST,
            detail=f"cannot use: {names}",
            errors=list(errors),
        )
    )


def not_ready(detail: str) -> Refusal:
    """503 until the view has caught up."""
    return Refusal(
        Problem(
            type=NOT_READY,
            title="Not ready",
            status=HTTPStatus.SERVICE_UNAVAILABLE,
            detail=detail,
        ),
        retry_after_seconds=2,
    )


def too_many_clients(most: int) -> Refusal:
    """503 while the stream has as many clients as it may have."""
    return Refusal(
        Problem(
            type=TOO_MANY_CLIENTS,
            title="Too many clients",
            status=HTTPStatus.SERVICE_UNAVAILABLE,
            detail=f"the stream has {most} clients already",
        ),
        retry_after_seconds=30,
    )


def of_status(status: int, detail: str) -> Problem:
    """What an HTTP status says by itself."""
    return Problem(title=HTTPStatus(status).phrase, status=status, detail=detail)
