"""How a consumer in a script is set: what it is given, over the environment, over the file."""

from typing import Literal

from pydantic import Field

from cointicker.settings import ClientSettings
from cointicker.settings_file import SCRIPT

OffsetReset = Literal["earliest", "latest", "none"]


class ScriptConsumerSettings(ClientSettings):
    """What a member of a group is told besides how Kafka is reached."""

    kafka_group_id: str = Field(min_length=1, description="the consumer group")
    kafka_auto_offset_reset: OffsetReset | None = Field(
        None, description="where to begin without a committed offset that is in the log"
    )
    kafka_session_seconds: float = Field(
        10, ge=1, description="a member not heard of for this long is out of the group"
    )

    @classmethod
    def section(cls) -> str:
        """The operators' file has none for scripts: only what concerns Kafka is read."""
        return SCRIPT
