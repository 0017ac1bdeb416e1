"""Perplexity's Agent API over HTTP: an answer with citations, drawn from the simulated news."""

import asyncio
import hashlib
from collections import deque
from typing import Any

import orjson
from aiohttp import web

from simulator.newsroom import Story
from simulator.times import utc
from simulator.world import World

_SUPPORTED = "perplexity/sonar"
_PRESETS = ("fast", "low", "medium", "high", "xhigh")
_RESULTS = 3
_PER_MINUTE = 50
_MINUTE_SECONDS = 60
_RETIRED = {
    "error": {
        "message": "Sonar is now the Agent API. Use /v1/responses instead of /v1/sonar.",
        "type": "chat_completions_not_available",
        "code": 403,
    }
}


class Perplexity:
    """The endpoints below `/perplexity`; all together may ask 50 times a minute."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._newsroom = world.newsroom("perplexity")
        self._asked: deque[float] = deque(maxlen=_PER_MINUTE)
        self._refusals = 0

    def routes(self) -> list[web.RouteDef]:
        """The agent under both of its names, and what was retired."""
        return [
            web.post("/perplexity/v1/agent", self._agent),
            web.post("/perplexity/v1/responses", self._agent),
            web.post("/perplexity/chat/completions", self._retired),
            web.post("/perplexity/v1/sonar", self._retired),
        ]

    async def _agent(self, request: web.Request) -> web.Response:
        content = await request.read()
        refusal = _unauthorised(request) or self._too_many() or _unprocessable(content)
        if refusal:
            return refusal
        question = orjson.loads(content)
        await asyncio.sleep(self._world.settings.perplexity_latency_seconds)
        return _respond(200, self._answer(question))

    async def _retired(self, request: web.Request) -> web.Response:
        return _unauthorised(request) or _respond(403, _RETIRED)

    def _too_many(self) -> web.Response | None:
        now = self._world.clock.monotonic()
        while self._asked and now - self._asked[0] >= _MINUTE_SECONDS:
            self._asked.popleft()
        if len(self._asked) < _PER_MINUTE:
            self._asked.append(now)
            return None
        self._refusals += 1
        # Both forms are met: every other refusal says how long to wait.
        wait = {"Retry-After": str(int(_MINUTE_SECONDS - (now - self._asked[0])) + 1)}
        error = _error(429, "Rate limit exceeded", "rate_limit_exceeded")
        return _respond(429, error, wait if self._refusals % 2 else {})

    def _answer(self, question: dict[str, Any]) -> dict[str, Any]:
        now_ms = self._world.clock.now_ms()
        stories = self._newsroom.until(now_ms)[-_RESULTS:]
        text, notes = _written(stories)
        asked = orjson.dumps(question.get("input"))
        mark = hashlib.sha256(asked + str(now_ms).encode()).hexdigest()
        tokens = len(asked) // 3 + 900, len(text) // 3 + 1
        return {
            "id": f"resp_{mark[:12]}",
            "object": "response",
            "created_at": now_ms // 1000,
            "status": "completed",
            "model": _SUPPORTED,
            "output": [
                {
                    "type": "search_results",
                    "queries": ["crypto market news"],
                    "results": [_result(at + 1, story) for at, story in enumerate(stories)],
                },
                {
                    "type": "message",
                    "id": f"msg_{mark[12:20]}",
                    "role": "assistant",
                    "status": "completed",
                    "content": [{"type": "output_text", "text": text, "annotations": notes}],
                },
            ],
            "usage": _usage(*tokens),
        }


def _written(stories: list[Story]) -> tuple[str, list[dict[str, Any]]]:
    """One sentence a story, each with its mark, and where the marks stand."""
    text, notes = "", []
    for at, story in enumerate(stories):
        text += f"{story.english} "
        mark = f"[{at + 1}]"
        notes.append(
            {
                "type": "url_citation",
                "url": _url(story),
                "title": story.english,
                "start_index": len(text),
                "end_index": len(text) + len(mark),
            }
        )
        text += f"{mark}. "
    return text.strip() or "No news in this hour.", notes


def _url(story: Story) -> str:
    return f"https://publisher.example.com/{story.slot}"


def _result(number: int, story: Story) -> dict[str, Any]:
    day = utc(story.moment_ms).strftime("%Y-%m-%d")
    return {
        "id": number,
        "url": _url(story),
        "title": story.english,
        "snippet": story.english_body.replace("<br>", " "),
        "date": day,
        "last_updated": day,
        "source": "web",
    }


def _usage(asked: int, answered: int) -> dict[str, Any]:
    costs = round(asked * 1e-6, 6), round(answered * 3e-6, 6)
    return {
        "input_tokens": asked,
        "output_tokens": answered,
        "total_tokens": asked + answered,
        "input_tokens_details": {"cache_creation_input_tokens": 0, "cache_read_input_tokens": 0},
        "tool_calls_details": {"search_web": {"invocation": 1}},
        "cost": {
            "currency": "USD",
            "input_cost": costs[0],
            "output_cost": costs[1],
            "tool_calls_cost": 0.0025,
            "total_cost": round(sum(costs) + 0.0025, 6),
        },
    }


def _unauthorised(request: web.Request) -> web.Response | None:
    if request.headers.get("Authorization", "").startswith("Bearer pplx-"):
        return None
    return _respond(401, _error(401, "Invalid API key", "authentication_error"))


def _unprocessable(content: bytes) -> web.Response | None:
    try:
        question = orjson.loads(content)
    except orjson.JSONDecodeError:
        question = None
    if not isinstance(question, dict):
        return _respond(400, _error(400, "request body is not a JSON object", "invalid_request"))
    if not question.get("input"):
        missing = {
            "loc": ["body", "input"],
            "msg": "field required",
            "type": "value_error.missing",
        }
        return _respond(422, {"detail": [missing]})
    models = [question.get("model"), *question.get("models", [])]
    if _SUPPORTED in models or question.get("preset") in _PRESETS:
        return None
    message = f'model "{models[0]}" is not supported'
    return _respond(400, _error(400, message, "invalid_request"))


def _error(code: int, message: str, kind: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "code": code}}


def _respond(status: int, body: Any, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(
        status=status, body=orjson.dumps(body), content_type="application/json", headers=headers
    )
