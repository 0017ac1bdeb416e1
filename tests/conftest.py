"""What tests of several folders share: one real stack a run, and the time that it may take."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.errors import StackError
from local.stack import Stack

TESTS = Path(__file__).parent
# They may be the first to ask for the stack, and wait for processes that were killed.
SLOW_FOLDERS = ("contracts", "integration", "e2e")
SLOW_SECONDS = 180


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the tests on real parts the time they need, unless they ask for another."""
    for item in items:
        folder = item.path.relative_to(TESTS).parts[0]
        if folder in SLOW_FOLDERS and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(SLOW_SECONDS))


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """ZooKeeper, Kafka and HDFS on ports of their own, started by the first test that asks."""
    try:
        running = Stack(tmp_path_factory.mktemp("stack")).__enter__()
    except StackError as error:
        pytest.fail(str(error), pytrace=False)
    yield running
    running.close()
