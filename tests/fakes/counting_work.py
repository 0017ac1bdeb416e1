"""A work whose output shows at once whether a record was lost, doubled, or out of order."""

from collections.abc import Sequence

import orjson

from cointicker.errors import ContractViolation, InvalidMessage
from cointicker.kafka.records import Partition, Record
from cointicker.work import Output


class CountingWork:
    """Numbers the records of each value; the same number twice, or one missing, is a fault.

    The value `stop` is a broken promise, `large` makes the state too large for a snapshot.
    """

    def __init__(self, partition: Partition, snapshot: bytes | None, output: str) -> None:
        self._partition = partition
        self._output = output
        if snapshot == b"foreign":
            raise InvalidMessage("foreign")
        self._counts: dict[str, int] = orjson.loads(snapshot) if snapshot else {}

    def take(self, records: Sequence[Record]) -> list[Output]:
        """One output a record: what it is, the how-manyth of its kind, and of all."""
        return [self._count(record) for record in records]

    def idle(self) -> list[Output]:
        """How many records there were."""
        total = sum(self._counts.values())
        return [Output(self._output, self._partition.number, None, b"idle %d" % total, 1)]

    def snapshot(self) -> bytes:
        """The counts."""
        return orjson.dumps(self._counts)

    def _count(self, record: Record) -> Output:
        value = (record.value or b"").decode()
        if value == "stop":
            raise ContractViolation("too many invalid records")
        self._counts[value] = self._counts.get(value, 0) + 1
        said = f"{value} {self._counts[value]} {sum(self._counts.values())}"
        number = self._partition.number
        return Output(self._output, number, record.key, said.encode(), record.timestamp)
