"""The one failure of this package that is meant for the person at the terminal."""


class StackError(Exception):
    """The stack cannot go on; the message says what is wrong and what to do about it."""
