"""Which topics a cluster has: also the quickest way to see that a broker answers."""

import asyncio
from collections.abc import Collection, Sequence

from cointicker.kafka.admin import open_admin
from cointicker.kafka.failures import translated

_ASK_AGAIN_SECONDS = 0.2


async def existing_topics(
    servers: Sequence[str], within_seconds: float, named: Collection[str] = ()
) -> set[str]:
    """The names of all topics. Raises TransientError if no broker tells them in time.

    A broker that has just started knows of none at all for a moment: if some are `named`, such an
    answer is waited out for half of the time.
    """
    with translated(f"no broker answers at {','.join(servers)}"):
        async with asyncio.timeout(within_seconds), open_admin(servers, within_seconds) as admin:
            names = {each.name for each in await admin.topics()}
            waited = 0.0
            while named and not names and waited < within_seconds / 2:
                await asyncio.sleep(_ASK_AGAIN_SECONDS)
                waited += _ASK_AGAIN_SECONDS
                names = {each.name for each in await admin.topics()}
            return names
