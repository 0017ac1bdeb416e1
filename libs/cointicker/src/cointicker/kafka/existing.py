"""Which topics a cluster has: also the quickest way to see that a broker answers."""

import asyncio
from collections.abc import Sequence

from cointicker.kafka.admin import open_admin
from cointicker.kafka.failures import translated


async def existing_topics(servers: Sequence[str], within_seconds: float) -> set[str]:
    """The names of all topics. Raises TransientError if no broker tells them in time."""
    with translated(f"no broker answers at {','.join(servers)}"):
        async with asyncio.timeout(within_seconds), open_admin(servers, within_seconds) as admin:
            return {each.name for each in await admin.topics()}
