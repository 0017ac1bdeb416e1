"""Resolve `kafka/jars.txt` and `hdfs/jars.txt` anew and write their locks (`make lock-jars`)."""

import hashlib
import os
import sys
from pathlib import Path

from local.errors import StackError
from local.jars import cache_directory
from local.locks import Jar, format_lock, read_wanted
from local.maven import resolve

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Write both locks; the versions in the source lists decide, the repository only answers."""
    try:
        for component in ("kafka", "hdfs"):
            folder = ROOT / component
            files = resolve(read_wanted(folder / "jars.txt"), cache_directory(os.environ) / "maven")
            jars = [
                Jar(coordinates, hashlib.sha256(path.read_bytes()).hexdigest())
                for coordinates, path in files.items()
            ]
            (folder / "jars.lock").write_text(format_lock(jars), encoding="utf-8")
            sys.stdout.write(f"{component}/jars.lock: {len(jars)} jars\n")
    except StackError as error:
        sys.stderr.write(f"lock-jars: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
