"""The jars of one component for an image: fetched, checked, and the class path that they make.

fetch_jars.py kafka CACHE TARGET [DIRECTORY on the class path too …]
"""

import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from local.errors import StackError
from local.jars import JarCache, has_web_pages, is_agent, unpack_web_pages
from local.locks import Jar, read_lock
from local.maven import Repository

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Fill TARGET with `lib/`, the argument file `class-path`, and what is not on it."""
    component, cache, target = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    try:
        jars = read_lock(ROOT / component / "jars.lock")
        files = JarCache(cache, Repository().download, _say).ensure(jars)
    except StackError as error:
        sys.stderr.write(f"fetch_jars: {error}\n")
        return 1
    lay_out(zip(jars, files, strict=True), target, sys.argv[4:])
    return 0


def lay_out(jars: Iterable[tuple[Jar, Path]], target: Path, further: Sequence[str]) -> None:
    """Copy the jars to `target`; `class-path` is for `java @class-path`, in the lock's order."""
    library = target / "lib"
    library.mkdir(parents=True)
    path = []
    for jar, file in jars:
        if is_agent(jar):
            shutil.copyfile(file, target / "agent.jar")
        elif has_web_pages(jar):
            unpack_web_pages(file, target)
            path.append(str(target))
        else:
            path.append(str(shutil.copyfile(file, library / file.name)))
    (target / "class-path").write_text(
        f"-cp {os.pathsep.join([*path, *further])}\n", encoding="utf-8"
    )


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
