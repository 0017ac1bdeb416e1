"""The web application: every source below a prefix of its own, on one port."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from simulator.admin import Admin
from simulator.alternative import Alternative
from simulator.clock import Clock
from simulator.cnn import Cnn
from simulator.coinness import Coinness
from simulator.config import Settings
from simulator.faults import Faults
from simulator.misbehaviour import Handler, Misbehaviour
from simulator.perplexity import Perplexity
from simulator.saveticker import SaveTicker
from simulator.upbit import Upbit
from simulator.world import build_world


def create_app(settings: Settings, clock: Clock) -> web.Application:
    """The application; nothing listens yet."""
    world = build_world(settings, clock)
    faults = Faults()
    misbehaviour = Misbehaviour(faults, settings.latency_seconds)

    @web.middleware
    async def misbehave(request: web.Request, handler: Handler) -> web.StreamResponse:
        return await misbehaviour(request, handler)

    app = web.Application(middlewares=[misbehave])
    for source in (Upbit, Coinness, SaveTicker, Perplexity, Cnn, Alternative):
        app.add_routes(source(world).routes())
    app.add_routes(Admin(world, faults, misbehaviour).routes())
    return app


@asynccontextmanager
async def serving(
    app: web.Application, host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[str]:
    """Serve `app` inside of the block; gives its base URL. Port 0 takes a free one."""
    # Handlers end with their client: one that hangs would otherwise stay for ever.
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0, handler_cancellation=True)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        taken = runner.addresses[0][1]
        yield f"http://{host}:{taken}"
    finally:
        await runner.cleanup()
