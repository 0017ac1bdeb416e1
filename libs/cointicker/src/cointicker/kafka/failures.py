"""Kafka's errors as ours."""

from collections.abc import Iterator
from contextlib import contextmanager

from aiokafka.errors import (
    CommitFailedError,
    ConsumerStoppedError,
    CorruptRecordException,
    IllegalStateError,
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    NoBrokersAvailable,
    NodeNotReadyError,
    RecordTooLargeError,
)

from cointicker.errors import ContractViolation, TransientError
from cointicker.kafka.records import NotOwned

# What aiokafka does not call retriable, and yet passes when the broker is back.
_PASSING = (
    ConsumerStoppedError,
    CorruptRecordException,
    KafkaConnectionError,
    KafkaTimeoutError,
    NoBrokersAvailable,
    NodeNotReadyError,
    OSError,
    TimeoutError,
)


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Raise NotOwned, TransientError or ContractViolation in place of Kafka's errors.

    `what` begins the message: "cannot commit". A missed deadline is a TransientError too.
    """
    try:
        yield
    except (CommitFailedError, IllegalStateError) as error:
        raise NotOwned(f"{what}: {error}") from error
    except _PASSING as error:
        raise TransientError(f"{what}: {said(error)}") from error
    except RecordTooLargeError as error:
        raise ContractViolation(f"{what}: {error}") from error
    except KafkaError as error:
        if _is_ours_to_fix(error):
            raise ContractViolation(f"{what}: {error!r}") from error
        raise TransientError(f"{what}: {said(error)}") from error


def said(error: BaseException) -> str:
    """An error in words for an operator, as far as there are any."""
    if isinstance(error, TimeoutError | KafkaTimeoutError):
        return "no answer in time"
    if isinstance(error, KafkaConnectionError) and "bootstrap" in str(error):
        return "none of them takes a connection"
    return repr(error)


def _is_ours_to_fix(error: KafkaError) -> bool:
    """Whether waiting cannot help: we are not authorized, or ask for what is never allowed."""
    name = type(error).__name__
    return "Authorization" in name or name.startswith(("Invalid", "Unsupported", "Illegal"))
