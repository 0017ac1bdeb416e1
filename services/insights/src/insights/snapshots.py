"""A stage's state as bytes and back: every number comes back bit for bit."""

from typing import TypeVar

import msgspec

from cointicker.errors import InvalidMessage

T = TypeVar("T", bound=msgspec.Struct)


def pack(state: msgspec.Struct, mark: str) -> bytes:
    """The bytes of this state; `mark` names its stage and version."""
    return msgspec.msgpack.encode((mark, state))


def unpack(snapshot: bytes, kind: type[T], mark: str) -> T:
    """The state of these bytes. Raises InvalidMessage if they are not of this mark."""
    try:
        found, body = msgspec.msgpack.decode(snapshot, type=tuple[str, msgspec.Raw])
        if found != mark:
            raise InvalidMessage("foreign_snapshot", f"{found} instead of {mark}")
        return msgspec.msgpack.decode(body, type=kind)
    except msgspec.DecodeError as error:
        raise InvalidMessage("foreign_snapshot", str(error)) from error
