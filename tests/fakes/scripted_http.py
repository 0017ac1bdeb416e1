"""An HTTP server in memory that answers from a script, and remembers what it was asked."""

import asyncio
from collections.abc import Mapping

from collector.http import Reply, Trouble

# An event in place of an answer: nothing comes until it is set, and then the next answer.
Answer = Reply | Trouble | asyncio.Event


def reply(body: bytes = b"", status: int = 200, **headers: str) -> Reply:
    """An answer; a header's name is written with underscores."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply("", status, {"content-type": "application/json", **names}, body)


class ScriptedHttp:
    """Gives the answers in order, the last one again and again."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        self.was_asked = asyncio.Event()

    def then(self, *answers: Answer) -> None:
        """Go on with other answers."""
        self._answers = list(answers)

    async def get(self, url: str, headers: Mapping[str, str]) -> Reply:
        return await self._answer("GET", url, headers, b"")

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        return await self._answer("POST", url, headers, body)

    async def _answer(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> Reply:
        self.asked.append((method, url, dict(headers), body))
        self.was_asked.set()
        answer = self._next()
        while isinstance(answer, asyncio.Event):
            await answer.wait()
            answer = self._next()
        if isinstance(answer, Trouble):
            raise answer
        return Reply(url, answer.status, answer.headers, answer.body)

    def _next(self) -> Answer:
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
