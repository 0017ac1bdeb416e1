"""What a service that works in tasks reads, and what it says of its tasks."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import Field

from cointicker.kafka.clients import ConsumerOptions
from cointicker.settings import ServiceSettings
from cointicker.work import MakeWork


class TaskSettings(ServiceSettings):
    """Settings of every service whose work is done in tasks."""

    snapshot_seconds: float = Field(30, gt=0, description="how often a task keeps its state")
    idle_seconds: float = Field(
        2, gt=0, description="quiet at the end of its input for so long, a task says that it is"
    )
    rebuild: bool = Field(
        False,
        description="true: tasks that would be refused go on without their state, recording a gap",
    )
    transaction_timeout_seconds: float = Field(
        10, ge=1, le=900, description="the open transaction of a dead task ends after this"
    )
    poll_records: int = Field(5_000, ge=1, description="most records taken at once")
    kafka_session_seconds: float = Field(
        5, ge=1, le=300, description="who is silent for so long loses its partitions"
    )
    kafka_metadata_seconds: float = Field(5, gt=0, description="how soon a new topic is seen")
    kafka_consumer_stalled_seconds: float = Field(
        60, gt=0, description="a consumer that does not move for so long is made anew"
    )
    kafka_rebuilds: int = Field(
        5, ge=1, description="stalled consumers in a row after which the process ends"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOptions:
    """What a service's tasks are.

    `service` names the metrics, the consumer group and the transactional ids. `inputs` says for
    each input topic, both by their full names, on which topic its tasks keep their state.
    """

    service: str
    inputs: Mapping[str, str]
    make_work: MakeWork


def consumer_options(settings: TaskSettings, options: TaskOptions) -> ConsumerOptions:
    """How the group is joined."""
    return ConsumerOptions(
        servers=settings.kafka_bootstrap_servers,
        group=options.service,
        topics=sorted(options.inputs),
        session_seconds=settings.kafka_session_seconds,
        request_seconds=settings.kafka_request_timeout_seconds,
        stalled_seconds=settings.kafka_consumer_stalled_seconds,
        metadata_seconds=settings.kafka_metadata_seconds,
    )
