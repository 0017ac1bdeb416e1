"""The whole process: what ends it ends it as itself."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from cointicker.errors import ConfigError, ContractViolation
from cointicker.health import Health
from collector.__main__ import serve
from collector.config import CollectorSettings
from collector.http import Http, Reply
from collector.source import Cursor, Source
from collector.sources.upbit_trends import UpbitTrends


class Impossible(UpbitTrends):
    """A source that finds out only later that it cannot be asked."""

    raises: type[ConfigError | ContractViolation] = ConfigError

    async def fetch(self, http: Http, cursor: Cursor | None) -> Reply:
        del http, cursor
        raise self.raises(["upbit_trends_base_url: cannot be asked"])


class OneSource(CollectorSettings):
    """Settings of one source only."""

    only: Impossible

    def sources(self) -> list[Source]:
        return [self.only]


def make_settings(directory: Path, error: type[Exception]) -> OneSource:
    values: dict[str, Any] = {
        "only": {"raises": error},
        "spool_directory": directory,
        "http_port": 0,
        "kafka_bootstrap_servers": ["localhost:1"],
    }
    return OneSource(**values)


@pytest.mark.parametrize("error", [ConfigError, ContractViolation])
async def test_an_error_ends_the_process_as_itself(tmp_path: Path, error: type[Exception]) -> None:
    settings = await asyncio.to_thread(make_settings, tmp_path, error)
    with pytest.raises(error, match="cannot be asked"):
        await serve(settings, asyncio.Event(), Health())
