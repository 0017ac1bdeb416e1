"""The `cointicker` command, which may be interrupted before all of it is loaded."""

import sys

_INTERRUPTED = 130


def main() -> None:
    """Run it; an interrupt ends it without a word."""
    try:
        from cointicker.cli.command import app  # noqa: PLC0415 (loading takes a second)

        app()
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)


if __name__ == "__main__":
    main()
