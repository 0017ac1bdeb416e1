"""The simulator's settings: flag over environment (`SIMULATOR_…`) over default, all checked."""

import argparse
from collections.abc import Sequence
from typing import Any, Self

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "SIMULATOR_"


class BadSettings(Exception):
    """Settings that cannot work; `problems` has a line for each, with the value and the rule."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = list(problems)


class Settings(BaseSettings):
    """What the simulator can be told. `speed` is the flag --speed and SIMULATOR_SPEED."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    host: str = Field(default="127.0.0.1", min_length=1, description="address to listen on")
    port: int = Field(
        default=8080, ge=0, le=65535, description="port to listen on; 0 takes a free one"
    )
    seed: int = Field(
        default=1, ge=0, lt=2**63, description="the same seed and time give the same bytes"
    )
    speed: float = Field(
        default=1.0, ge=1, le=3600, description="simulated seconds a second until now is reached"
    )
    lead_seconds: int = Field(
        default=14_400,
        ge=7200,
        le=172_800,
        description="how far back the clock starts if speed > 1",
    )
    markets: int = Field(default=240, ge=20, le=10_000, description="number of KRW markets")
    rate: float = Field(
        default=60.0, gt=0, le=100_000, description="markets that trade per simulated second"
    )
    news_per_hour: float = Field(
        default=30.0, gt=0, le=360, description="unplanned news per simulated hour and news source"
    )
    latency_seconds: float = Field(default=0.0, ge=0, le=600, description="before every answer")
    perplexity_latency_seconds: float = Field(
        default=0.2, ge=0, le=600, description="before every answer of perplexity"
    )
    upbit_requests_per_second: int = Field(
        default=10,
        ge=1,
        le=1000,
        description="Upbit's limit for each group and address; the real one is 10",
    )
    gzip: bool = Field(
        default=True, description="compress Upbit's answers where the client accepts it"
    )

    @classmethod
    def load(cls, argv: Sequence[str]) -> Self:
        """Read and check every setting. Raises BadSettings with all problems at once."""
        try:
            return cls(**_flags(argv))
        except ValidationError as error:
            raise BadSettings([_problem(each) for each in error.errors()]) from error


def _flags(argv: Sequence[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(
        prog="simulator",
        description="Serves CoinTicker's five sources on localhost.",
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    for name, field in Settings.model_fields.items():
        parser.add_argument(
            f"--{name.replace('_', '-')}",
            metavar="VALUE",
            help=f"{field.description} [{PREFIX}{name.upper()}, {field.default}]",
        )
    return vars(parser.parse_args(argv))


def _problem(error: Any) -> str:
    name = ".".join(str(part) for part in error["loc"])
    return f"simulator: {name}: {error['msg']} (got {error['input']!r})"
