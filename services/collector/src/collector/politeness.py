"""An HTTP client that keeps to what a source allows, and asks only for what changed."""

from collections.abc import Mapping

from collector import metrics
from collector.budget import Budget, BudgetLeft
from collector.clock import Clock
from collector.http import UNCHANGED, Http, Reply
from collector.replies import check, remaining

_ETAGS = 16


class PoliteHttp:
    """Wraps a client for one source: waits for the budget, and raises Trouble for refusals.

    An ETag is used only after `accepted`: until then, nobody may take "unchanged" for an answer.
    """

    def __init__(self, http: Http, budget: Budget, clock: Clock, source: str) -> None:
        self._http = http
        self._budget = budget
        self._clock = clock
        self._gauge = metrics.BUDGET.labels(source)
        self._etags: dict[str, str] = {}
        self._fresh: dict[str, str] = {}

    async def get(self, url: str, headers: Mapping[str, str]) -> Reply:
        """The answer to a GET, 304 if it is the one that was accepted last."""
        await self._wait()
        if etag := self._etags.get(url):
            headers = {**headers, "If-None-Match": etag}
        reply = self._judged(await self._http.get(url, headers))
        if reply.status != UNCHANGED and "etag" in reply.headers:
            self._fresh[url] = reply.headers["etag"]
        return reply

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """The answer to a POST."""
        await self._wait()
        return self._judged(await self._http.post(url, headers, body))

    def accepted(self) -> None:
        """What was answered since the last call is safe."""
        self._etags |= self._fresh
        self._fresh.clear()
        while len(self._etags) > _ETAGS:
            del self._etags[next(iter(self._etags))]

    def rejected(self) -> None:
        """What was answered since the last call was not kept: ask for it again."""
        self._fresh.clear()

    def budget(self) -> BudgetLeft:
        """What may still be asked."""
        return self._budget.describe(self._clock.monotonic())

    async def _wait(self) -> None:
        wait = self._budget.take(self._clock.monotonic())
        if wait > 0:
            await self._clock.sleep(wait)

    def _judged(self, reply: Reply) -> Reply:
        now = self._clock.monotonic()
        left = remaining(reply.headers)
        if left is not None:
            self._budget.told(left, now)
        self._gauge.set(self._budget.left(now))
        check(reply, self._clock.utc())
        return reply
