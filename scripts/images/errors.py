"""The one failure of this package that is meant for the person at the terminal."""


class HostError(Exception):
    """This host cannot do it; a line for each problem says what is wrong and the remedy."""
