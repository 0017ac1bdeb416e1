"""One stack for all pages, started as README.md says, on the ports that the pages name."""

import signal
import subprocess
from collections.abc import Iterator

import pytest

from local.errors import StackError
from local.ports import Ports, check_free
from tests.docs.checkout import Checkout
from tests.docs.markdown import ROOT

# A page may wait for the stack, and for each of its blocks.
_SECONDS = 400


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(__file__.rpartition("/")[0]):
            item.add_marker(pytest.mark.timeout(_SECONDS))


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A fresh copy of the checkout; whatever a page started in it is stopped at the end."""
    stale = subprocess.run(["make", "--question", "setup"], cwd=ROOT, check=False).returncode
    assert stale == 0, "the tools are older than what they are made of: make setup"
    try:
        check_free(Ports())
    except StackError as error:
        pytest.fail(f"the pages need the usual ports: {error}", pytrace=False)
    made = Checkout(tmp_path_factory.mktemp("checkout"))
    # The stack would outlive tests that are told to end: so they end in order then.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    yield made
    made.stop()
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def running(checkout: Checkout) -> Checkout:
    """The same with its stack running, be it that the page before has stopped it."""
    try:
        checkout.start()
    except AssertionError as error:
        pytest.fail(str(error), pytrace=False)
    return checkout
