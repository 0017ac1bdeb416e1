"""A unit test fails when one of its coroutines blocks the event loop."""

from collections.abc import Iterator

import pytest
from blockbuster import blockbuster_ctx


@pytest.fixture(autouse=True)
def _loop_is_never_blocked() -> Iterator[None]:
    with blockbuster_ctx() as blocking:
        # The process metrics are read from /proc, which is in memory.
        for call in ("io.BufferedReader.read", "os.listdir"):
            reader = "prometheus_client/process_collector.py"
            blocking.functions[call].can_block_in(reader, "collect")
        yield
