"""The sink's protocol in a world where anything may happen between any two calls."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.unit.hdfs_sink.world import FATES, Fate, World, record

WRITERS = st.sampled_from("ABC")
# Where a writer may be left standing while the others go on.
CALLS = st.sampled_from(
    [
        "make_directory",
        "list_directory",
        "delete",
        "committed",
        "bounds",
        "first_from",
        "set_attribute",
        "choose",
        "create",
        "rename",
        "commit",
    ]
)


class Sinks(RuleBasedStateMachine):
    """Several writers of one partition; they crash, stall, lose answers and wake as zombies."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.next = 0

    @initialize(count=st.integers(1, 4), hours=st.integers(1, 2))
    def begin(self, count: int, hours: int) -> None:
        for number in range(count):
            self.produce(hole=0, hour=number % hours)
        self.world.assign("A")

    @rule(hole=st.sampled_from([0, 0, 1]), hour=st.integers(0, 1))
    def produce(self, hole: int, hour: int) -> None:
        self.next += hole
        self.world.produce(record(self.next, hour))
        self.next += 1

    @rule(name=WRITERS)
    def assign(self, name: str) -> None:
        self.world.assign(name)

    @rule(name=WRITERS)
    def crash(self, name: str) -> None:
        self.world.crash(name)

    @rule(name=WRITERS, until=CALLS, records=st.integers(1, 3))
    def go_on(self, name: str, until: str, records: int) -> None:
        self.world.run(name, until, records=records)

    @rule(name=WRITERS, until=CALLS, records=st.integers(1, 3))
    def go_on_too(self, name: str, until: str, records: int) -> None:
        self.world.run(name, until, records=records)

    @rule(name=WRITERS, fate=st.sampled_from(FATES))
    def make_one_call(self, name: str, fate: Fate) -> None:
        if name in self.world.lives:
            self.world.step(name, fate)

    @precondition(lambda self: self.world.late)
    @rule(which=st.integers(0, 9))
    def a_late_request_arrives(self, which: int) -> None:
        self.world.arrive_late(which % len(self.world.late))

    @rule()
    def the_namenode_crashes(self) -> None:
        self.world.crash_namenode()

    @rule()
    def retention_takes_a_record(self) -> None:
        self.world.retain_from(self.world.partition.start + 1)

    @rule()
    def the_commit_is_lost(self) -> None:
        self.world.lose_commit()

    @precondition(lambda self: self.world.partition.end > 0)
    @rule(offset=st.integers(0, 9))
    def an_operator_commits(self, offset: int) -> None:
        self.world.skip_to(offset % (self.world.partition.end + 1))

    @invariant()
    def every_record_is_there_once_or_in_a_gap(self) -> None:
        assert self.world.fault() is None

    @invariant()
    def nobody_is_refused(self) -> None:
        assert not self.world.refused


Sinks.TestCase.settings = settings(
    max_examples=100,
    stateful_step_count=40,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestSinks = Sinks.TestCase
