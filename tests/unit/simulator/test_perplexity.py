"""Perplexity's refusals: keys, bodies, models, the retired endpoint, too many questions."""

from typing import Any

import pytest

from tests.unit.simulator.served import QUESTION, served

AGENT = "/perplexity/v1/agent"


@pytest.mark.parametrize("header", [{"Authorization": ""}, {"Authorization": "Bearer other"}])
async def test_without_a_key_of_theirs_nothing_is_answered(header: dict[str, str]) -> None:
    async with served() as client:
        answer = await client.request("POST", AGENT, json=QUESTION, headers=header)
    assert answer.status == 401
    error = {"message": "Invalid API key", "type": "authentication_error", "code": 401}
    assert answer.body == {"error": error}


@pytest.mark.parametrize("path", ["/perplexity/chat/completions", "/perplexity/v1/sonar"])
async def test_the_retired_endpoint_answers_403_though_the_key_is_good(path: str) -> None:
    async with served() as client:
        answer = await client.request("POST", path, json={"model": "sonar", "messages": []})
    assert answer.status == 403
    assert answer.body["error"]["type"] == "chat_completions_not_available"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"model": "perplexity/sonar"}, 422),
        ({"model": "sonar", "input": "x"}, 400),
        ({"input": "x"}, 400),
        (["x"], 400),
        ({"preset": "low", "input": "x"}, 200),
        ({"models": ["other/model", "perplexity/sonar"], "input": "x"}, 200),
    ],
)
async def test_a_question_needs_an_input_and_a_model_that_is_served(body: Any, status: int) -> None:
    async with served() as client:
        answer = await client.request("POST", AGENT, json=body)
    assert answer.status == status


async def test_too_many_questions_are_refused_with_and_without_a_time_to_wait() -> None:
    async with served() as client:
        answers = [await client.source("perplexity") for _ in range(52)]
        client.clock.seconds += 60
        later = await client.source("perplexity")
    assert [answer.status for answer in answers] == [200] * 50 + [429] * 2
    assert [answer.headers.get("Retry-After") for answer in answers[50:]] == ["61", None]
    assert later.status == 200
