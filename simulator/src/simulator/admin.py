"""The admin endpoints: the state of the world, the plan of events, the faults."""

from typing import Any

import orjson
from aiohttp import web

from simulator.faults import BadFault, Faults, check_source, parse_fault
from simulator.misbehaviour import Misbehaviour
from simulator.plan import MINUTE_MS
from simulator.times import text_z
from simulator.world import World

_SHOWN_BEFORE_MINUTES = 24 * 60


class Admin:
    """The endpoints below `/admin`, and `/healthz`."""

    def __init__(self, world: World, faults: Faults, misbehaviour: Misbehaviour) -> None:
        self._world = world
        self._faults = faults
        self._misbehaviour = misbehaviour

    def routes(self) -> list[web.RouteDef]:
        """All endpoints."""
        return [
            web.get("/healthz", self._healthy),
            web.get("/admin/state", self._state),
            web.get("/admin/events", self._events),
            web.get("/admin/faults", self._shown_faults),
            web.post("/admin/faults/{source}", self._switch_on),
            web.delete("/admin/faults/{source}", self._switch_off),
        ]

    async def _healthy(self, _request: web.Request) -> web.Response:
        """Ready means that the hours behind the first prices are computed."""
        self._world.exchange.snapshot(self._world.clock.now_ms())
        return _respond({"status": "ok"})

    async def _state(self, _request: web.Request) -> web.Response:
        clock = self._world.clock
        return _respond(
            {
                "clock": {
                    "start": text_z(clock.start_ms),
                    "now": text_z(clock.now_ms()),
                    "now_ms": clock.now_ms(),
                    "speed": self._world.settings.speed,
                },
                "settings": self._world.settings.model_dump(),
                "requests": self._misbehaviour.requests,
                "faults": self._faults.as_json(),
            }
        )

    async def _events(self, _request: web.Request) -> web.Response:
        """The events of the last day, of this round and of the next."""
        plan = self._world.plan
        minute = self._world.clock.now_ms() // MINUTE_MS
        events = plan.events(minute - _SHOWN_BEFORE_MINUTES, minute + plan.length)
        return _respond(
            {"round_minutes": plan.length, "events": [event.as_json() for event in events]}
        )

    async def _shown_faults(self, _request: web.Request) -> web.Response:
        return _respond(self._faults.as_json())

    async def _switch_on(self, request: web.Request) -> web.Response:
        source = request.match_info["source"]
        try:
            body = orjson.loads(await request.read())
            fault = parse_fault(source, body)
        except orjson.JSONDecodeError as error:
            return _respond({"error": f"body: not JSON ({error}), allowed: a JSON object"}, 400)
        except BadFault as error:
            return _respond({"error": str(error)}, 400)
        self._faults.switch_on(source, fault)
        return _respond(self._faults.as_json())

    async def _switch_off(self, request: web.Request) -> web.Response:
        try:
            self._faults.switch_off(check_source(request.match_info["source"]))
        except BadFault as error:
            return _respond({"error": str(error)}, 400)
        return _respond(self._faults.as_json())


def _respond(body: Any, status: int = 200) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(body), content_type="application/json")
