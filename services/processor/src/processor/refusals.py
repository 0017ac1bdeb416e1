"""What becomes of records that cannot be used: a dead letter each, and too many are the end."""

from collections import deque
from collections.abc import Callable, Sequence

from cointicker.errors import ContractViolation, InvalidMessage
from cointicker.kafka.records import Partition, Record
from cointicker.messages import DeadLetter
from cointicker.times import from_ms
from cointicker.work import Output
from processor.counts import Counts
from processor.envelope import LATEST_MS
from processor.options import SERVICE

# Of so many records the invalid ones are counted, once there are so many at least.
WINDOW = 1_000
LEAST = 100


class Refusals:
    """The dead letters of one task; `seen` counts all its records, invalid or not."""

    def __init__(self, partition: Partition, topic: str, most_share: float) -> None:
        self._partition = partition
        self._topic = topic
        self._most_share = most_share
        self.seen = 0
        self._invalid: deque[int] = deque()

    def letter(self, record: Record, error: InvalidMessage) -> Output:
        """The dead letter of the record seen last. Raises ContractViolation if it is one too many.

        Such a stop is a function of the records alone: a task that starts again stops again, until
        somebody has looked.
        """
        self._invalid.append(self.seen)
        window = min(self.seen, WINDOW)
        invalid = len(self.recent())
        if self.seen >= LEAST and invalid > self._most_share * window:
            raise ContractViolation(
                f"{invalid} of the last {window} records of {self._partition} are invalid, "
                f"at offset {record.offset}: {error}"
            )
        value = record.value or b""
        at_ms = min(max(record.timestamp, 0), LATEST_MS)
        letter = DeadLetter(
            service=SERVICE,
            reason=error.reason,
            detail=error.detail,
            topic=self._partition.topic,
            origin={
                "topic": self._partition.topic,
                "partition": self._partition.number,
                "offset": record.offset,
                "size": len(value),
            },
            value=value,
            at=from_ms(at_ms),
        )
        return Output(self._topic, 0, self._partition.topic.encode(), letter.encode(), at_ms)

    def sort_out(
        self, records: Sequence[Record], process: Callable[[Record, Counts], Output | None]
    ) -> tuple[list[Output], Counts]:
        """What `process` makes of each record, or the dead letter of what it refuses.

        Raises ContractViolation if too many are invalid.
        """
        outputs: list[Output] = []
        counts = Counts()
        for record in records:
            self.seen += 1
            try:
                output = process(record, counts)
            except InvalidMessage as error:
                output = self.letter(record, error)
                counts.refused[error.reason] += 1
            if output is not None:
                outputs.append(output)
        return outputs, counts

    def recent(self) -> Sequence[int]:
        """Which of the last records were invalid, by their numbers."""
        while self._invalid and self._invalid[0] <= self.seen - WINDOW:
            self._invalid.popleft()
        return self._invalid

    def restore(self, seen: int, recent: Sequence[int]) -> None:
        """Go on from there."""
        self.seen = seen
        self._invalid = deque(recent)
