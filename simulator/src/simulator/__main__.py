"""The command `simulator`: reads the settings and serves until it is told to stop."""

import asyncio
import signal
import sys

from simulator.app import create_app, serving
from simulator.clock import RunningClock
from simulator.config import BadSettings, Settings


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    app = create_app(settings, RunningClock(settings))
    async with serving(app, settings.host, settings.port) as url:
        sys.stdout.write(f"simulator: serving {settings.markets} markets on {url}\n")
        sys.stdout.flush()
        await stop.wait()


def main() -> None:
    """Exit 0 after an orderly stop, 1 if the port is taken, 2 for settings that cannot work."""
    try:
        settings = Settings.load(sys.argv[1:])
    except BadSettings as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
    try:
        asyncio.run(serve(settings))
    except OSError as error:
        sys.stderr.write(f"simulator: cannot listen on {settings.host}:{settings.port}: {error}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
