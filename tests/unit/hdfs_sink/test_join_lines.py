"""Lines made together are the lines made one by one."""

from hypothesis import given, settings
from hypothesis import strategies as st

from cointicker.lines import join_lines, line
from tests.fakes.memory_partition import MemoryRecord

VALUES = [
    b'{"a":1}',
    b"{}",
    b"{ }",
    b'{"_offset":1}',
    b'{"a":\n1}',
    b'{"a":1}\r',
    b'{"a"',
    '{"a":"é"}'.encode(),
    b'{"a":"\xff"}',
    b"[1]",
    b"null",
    b"",
    None,
    b'{"a":' * 3_000,
]
RECORDS = st.builds(
    MemoryRecord,
    offset=st.integers(0, 2**62),
    timestamp=st.integers(-1, 2**62),
    key=st.none() | st.binary(max_size=4) | st.just(b"KRW-BTC"),
    value=st.sampled_from(VALUES) | st.binary(max_size=20),
    headers=st.just(()) | st.just((("name", b"text"), ("none", None))),
)


@settings(max_examples=100, derandomize=True, database=None, deadline=None)
@given(st.lists(RECORDS, max_size=20))
def test_the_same_bytes(records: list[MemoryRecord]) -> None:
    one_by_one = [line(r.offset, r.timestamp, r.key, r.value, r.headers) for r in records]
    assert join_lines(records) == b"".join(one_by_one)
