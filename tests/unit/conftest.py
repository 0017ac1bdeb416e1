"""A unit test fails when one of its coroutines blocks the event loop."""

from collections.abc import Iterator

import pytest
from blockbuster import blockbuster_ctx


@pytest.fixture(autouse=True)
def _loop_is_never_blocked() -> Iterator[None]:
    with blockbuster_ctx() as blocking:
        # It reads three files of /proc, which are in memory.
        blocking.functions["io.BufferedReader.read"].can_block_in(
            "prometheus_client/process_collector.py", "collect"
        )
        yield
