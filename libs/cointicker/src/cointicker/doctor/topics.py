"""Whether the topics on the broker are those that are declared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cointicker.doctor.finding import Finding, failed, ok, some
from cointicker.kafka.admin import Admin
from cointicker.kafka.topic_details import differences
from cointicker.topics import Topic

NAME = "topics"
_CREATE = "cointicker topics create, or in containers docker compose up kafka-topics"
_ALTER = (
    "nothing alters a topic by itself: put kafka/topics.yaml and the broker in step "
    "(kafka-configs --alter; a partition count is part of the stored state and stays)"
)


@dataclass(frozen=True, slots=True)
class OnBroker:
    """A topic as the broker has it; `config` is what was set for this topic."""

    partitions: int
    config: dict[str, str]


async def look(admin: Admin, declared: Sequence[Topic]) -> dict[str, OnBroker]:
    """The declared topics that the broker has. Raises TransientError."""
    names = {each.name for each in declared}
    found = {each.name: each.partitions for each in await admin.topics() if each.name in names}
    config = await admin.topic_config(found)
    return {name: OnBroker(count, config.get(name, {})) for name, count in found.items()}


def judge(declared: Sequence[Topic], found: Mapping[str, OnBroker]) -> Finding:
    """Fails for a topic that is missing, or is there as it was not declared."""
    missing = [each.name for each in declared if each.name not in found]
    if missing:
        count = f"{len(missing)} of {len(declared)} are missing"
        return failed(NAME, f"{count}: {some(missing)}", _CREATE)
    different = [
        f"{each.name}: {line}"
        for each in declared
        for line in differences(each, found[each.name].partitions, found[each.name].config)
    ]
    if different:
        return failed(NAME, some(different), _ALTER)
    return ok(NAME, f"all {len(declared)} are there as declared")
