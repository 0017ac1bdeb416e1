"""How a consumer in a script is set: what it is given, over the environment, over the file."""

from typing import Any, Literal, Self

from pydantic import Field

from cointicker.errors import ConfigError
from cointicker.settings import ClientSettings
from cointicker.settings_file import SCRIPT

OffsetReset = Literal["earliest", "latest", "none"]

_SERVICES = ("hdfs-sink", "processor", "insights")


class ScriptConsumerSettings(ClientSettings):
    """What a member of a group is told besides how Kafka is reached."""

    kafka_group_id: str = Field("", description="the consumer group; never that of a service")
    kafka_auto_offset_reset: OffsetReset | None = Field(
        None, description="where to begin without a committed offset that is in the log"
    )
    kafka_session_seconds: float = Field(
        10, ge=1, description="a member not heard of for this long is out of the group"
    )
    kafka_sink_group_id: str = Field("hdfs-sink", description="hdfs-sink's group, no script's")

    @classmethod
    def section(cls) -> str:
        """The operators' file has none for scripts: only what concerns Kafka is read."""
        return SCRIPT

    @classmethod
    def read(cls, **given: Any) -> Self:
        """As every settings class, and refuses a group that cannot be a script's."""
        settings = super().read(**given)
        group = settings.kafka_group_id
        if not group:
            raise ConfigError(["group_id: name a group of your own, here or by KAFKA_GROUP_ID"])
        if group in (settings.kafka_sink_group_id, *_SERVICES):
            raise ConfigError([services_group(group)])
        return settings


def services_group(group: str, why: str = "") -> str:
    """Why no script joins it: records that it takes would not be the service's any more."""
    return f"group_id: {group} is the group of a service{why}: take another"
