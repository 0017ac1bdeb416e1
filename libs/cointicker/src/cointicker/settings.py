"""Settings: command line > environment > YAML file > default, all checked at start."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from cointicker.errors import ConfigError
from cointicker.namenodes import WEB_PORT, webhdfs_urls
from cointicker.settings_file import DEFAULT_FILE, read_settings_file

_LAST_PORT = 65_535
Port = Annotated[int, Field(ge=0, le=_LAST_PORT)]


def _split(value: object) -> object:
    """Take `a,b c` (the environment) and `["a,b", "c"]` (the command line) for a list."""
    if isinstance(value, str):
        value = [value]
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return [part for each in value for part in each.replace(",", " ").split()]
    return value


Words = Annotated[list[str], NoDecode, BeforeValidator(_split), Field(min_length=1)]


def _addresses(value: list[str]) -> list[str]:
    for each in value:
        host, _, port = each.rpartition(":")
        if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) <= _LAST_PORT:
            raise ValueError(f"{each!r}: expected host:port")
    return value


Addresses = Annotated[Words, AfterValidator(_addresses)]


class ClientSettings(BaseSettings):
    """How Kafka is reached: services, commands and scripts read this alike.

    A field `poll_seconds` is the flag `--poll-seconds`, the variable `POLL_SECONDS`, and the key
    `poll_seconds` in the service's own section of the YAML file.
    """

    model_config = SettingsConfigDict(extra="forbid", frozen=True)

    config_file: Path = Field(DEFAULT_FILE, description="the operators' YAML file")
    kafka_bootstrap_servers: Addresses = Field(["localhost:9092"], description="brokers, host:port")
    kafka_topic_prefix: str = Field(
        "cointicker",
        pattern=r"^[A-Za-z0-9._-]{1,100}$",
        description="p means p.raw, p.processed, p.insights",
    )
    kafka_delivery_timeout_seconds: float = Field(
        10, gt=0, description="what is not acknowledged by then counts as not delivered"
    )
    kafka_request_timeout_seconds: float = Field(
        10, gt=0, description="deadline of each call to a broker"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (pydantic's signature)
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags over environment over the YAML file."""
        named = {**env_settings(), **init_settings()}.get("config_file")
        values = read_settings_file(Path(named) if named else None, section=cls.section())
        return init_settings, env_settings, InitSettingsSource(settings_cls, values)

    @classmethod
    def section(cls) -> str:
        """Its section in the YAML file: the package's name."""
        return cls.__module__.split(".", maxsplit=1)[0]

    @classmethod
    def read(cls, **given: Any) -> Self:
        """What is given (None: it is not) over the environment over the file over the default.

        Raises ConfigError with all problems at once.
        """
        try:
            return cls(**{name: value for name, value in given.items() if value is not None})
        except ValidationError as error:
            problems = [
                _problem(cls, each)
                for each in error.errors(include_url=False)
                if each["type"] != "default_factory_not_called"  # for another's fault
            ]
            raise ConfigError(problems) from error
        except SettingsError as error:
            raise ConfigError([str(error)]) from error


class ArchiveSettings(ClientSettings):
    """Where the archive in HDFS is, and which group writes it."""

    # Whoever looks at the archive reads hdfs-sink's section; the rest of it is not his.
    model_config = SettingsConfigDict(extra="ignore")

    kafka_group_id: str = Field("hdfs-sink", min_length=1, description="the consumer group")
    hdfs_namenode: str = Field(
        "hdfs://localhost:9000", description="hdfs://host:9000 or http://host:9870, a pair by comma"
    )
    hdfs_web_port: Port = Field(WEB_PORT, description="WebHDFS port of hdfs:// addresses")
    hdfs_user: str = Field("cointicker", min_length=1, description="who reads and writes")
    hdfs_root: str = Field("/cointicker", pattern=r"^/[^/]", description="the archive's root")

    @field_validator("hdfs_namenode")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        webhdfs_urls(value)
        return value

    @classmethod
    def section(cls) -> str:
        """That of hdfs-sink."""
        return "hdfs_sink"

    def namenodes(self) -> list[str]:
        """The WebHDFS addresses."""
        return webhdfs_urls(self.hdfs_namenode, self.hdfs_web_port)


class ServiceSettings(ClientSettings):
    """What every service reads. A subclass adds its own fields, each with its unit in the name."""

    http_host: str = Field("127.0.0.1", description="where /metrics, /healthz, /readyz listen")
    http_port: Port = Field(0, description="their port; 0 takes a free one")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="the lowest level that is logged"
    )
    grace_seconds: float = Field(20, gt=0, description="time to finish after SIGTERM")
    stalled_seconds: float = Field(
        60, gt=0, description="/healthz fails after this long without progress"
    )

    @classmethod
    def load(cls, argv: Sequence[str]) -> Self:
        """Read and check every setting. Raises ConfigError with all problems at once."""
        return cls.read(**_parse_flags(cls, argv))


def flag_names(name: str) -> list[str]:
    """The flags of a field: `--kafka-topics`, and short of its system `--topics`."""
    flag = "--" + name.replace("_", "-")
    return [flag.replace("--kafka-", "--"), flag] if flag.startswith("--kafka-") else [flag]


def _parse_flags(cls: type[ServiceSettings], argv: Sequence[str]) -> Mapping[str, Any]:
    parser = argparse.ArgumentParser(
        prog=cls.section().replace("_", "-"),
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    for name, field in cls.model_fields.items():
        many = field.annotation == list[str]
        parser.add_argument(
            *flag_names(name),
            dest=name,
            metavar=name.rsplit("_", maxsplit=1)[-1].upper(),
            nargs="+" if many else None,
            help=f"{field.description or ''} [{name.upper()}]".replace("%", "%%"),
        )
    return vars(parser.parse_args(argv))


def _problem(cls: type[ClientSettings], error: ErrorDetails) -> str:
    name = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{name}: unknown key"
    field = cls.model_fields.get(str(error["loc"][0])) if error["loc"] else None
    secret = field is not None and _may_be_secret(field.annotation)
    given = "" if secret or error["type"] == "missing" else f" (got {error['input']!r})"
    return f"{name}: {error['msg'].removeprefix('Value error, ')}{given}"


def _may_be_secret(annotation: object) -> bool:
    """Whether a value of this type is a secret, or holds one somewhere."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return any(_may_be_secret(each.annotation) for each in annotation.model_fields.values())
    return annotation is SecretStr or any(map(_may_be_secret, get_args(annotation)))
