"""Prometheus' own programs, which not every machine has; where the tests are a gate, they must."""

import os
import shutil

import pytest


def needed(name: str) -> str:
    """The path of a program; without it the test is skipped, and fails where CI is set."""
    found = shutil.which(name)
    if found is None:
        give_up = pytest.fail if os.environ.get("CI") else pytest.skip
        give_up(f"{name} is not on the PATH: it comes with Prometheus (Debian: prometheus)")
    return found
