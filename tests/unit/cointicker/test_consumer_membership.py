"""A member of a group in name only is told from one that waits."""

from collections.abc import AsyncIterator

import pytest
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError

from cointicker.errors import ContractViolation
from cointicker.kafka.clients import ConsumerOptions
from cointicker.kafka.consumer import Consumer
from cointicker.kafka.records import MembershipEnded, Partition, Stalled

OPTIONS = ConsumerOptions(servers=["127.0.0.1:1"], group="g", topics=["a"], stalled_seconds=60)


class Coordination:
    """What is asked of the part of the client that keeps the membership."""

    def __init__(self, error: KafkaError | None = None) -> None:
        self._error = error

    def check_errors(self) -> None:
        if self._error is not None:
            raise self._error

    async def close(self) -> None:
        return None


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def consumer(clock: Clock) -> AsyncIterator[Consumer]:
    consumer = Consumer(OPTIONS, clock=clock)
    consumer._client._coordinator = Coordination()
    yield consumer
    await consumer.stop()


async def test_a_coordination_that_has_ended_is_a_stall_at_once(consumer: Consumer) -> None:
    consumer._client._coordinator = Coordination(KafkaError("ended"))
    with pytest.raises(MembershipEnded, match="coordination ended"):
        consumer._check_membership()


async def test_what_we_may_not_do_is_no_matter_of_time(consumer: Consumer) -> None:
    consumer._client._coordinator = Coordination(GroupAuthorizationFailedError("g"))
    with pytest.raises(ContractViolation):
        consumer._check_membership()


async def test_a_poll_of_such_a_member_does_not_wait_for_it_to_come_back(
    consumer: Consumer,
) -> None:
    consumer._client._coordinator = Coordination(KafkaError("ended"))
    with pytest.raises(MembershipEnded, match="coordination ended"):
        await consumer.poll(0.1, 10)


async def test_partitions_that_the_client_forgot_are_a_stall_after_a_while(
    consumer: Consumer, clock: Clock
) -> None:
    assignments = consumer._assignments
    assignments.undecided_since, assignments.positions = None, {Partition("a", 0): 0}
    consumer._check_membership()
    clock.now = 60
    consumer._check_membership()
    clock.now = 61
    with pytest.raises(Stalled, match="has not assigned"):
        consumer._check_membership()


async def test_a_group_that_never_decides_is_a_stall_after_a_while(
    consumer: Consumer, clock: Clock
) -> None:
    consumer._check_membership()
    clock.now = 61
    with pytest.raises(Stalled, match="has not assigned"):
        consumer._check_membership()


async def test_a_member_without_partitions_is_in_order(consumer: Consumer, clock: Clock) -> None:
    consumer._assignments.undecided_since = None
    clock.now = 1_000
    consumer._check_membership()
