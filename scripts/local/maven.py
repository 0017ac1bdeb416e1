"""Maven artifacts by their coordinates: the only module that knows jgo."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests
from jgo.maven import MavenContext

from local.errors import StackError

THREADS = 8


def download(coordinates: str, directory: Path) -> Path:
    """Fetch one artifact into a Maven layout under `directory`, which must not have it yet."""
    context = MavenContext(repo_cache=directory, timeout=30)
    artifact = context.create_dependency(coordinates).artifact
    try:
        fetched = context.resolver.download(artifact)
    except requests.RequestException as error:
        raise StackError(
            f"cannot fetch {coordinates} ({type(error).__name__}): the jars are fetched once and "
            "need the network for that; try again, or set COINTICKER_CACHE to a filled cache"
        ) from error
    except RuntimeError as error:
        raise StackError(f"the repository has no {coordinates}: see jars.txt") from error
    if fetched is None:
        raise StackError(f"the repository has no {coordinates}: see jars.txt")
    return Path(fetched)


def resolve(wanted: Iterable[str], directory: Path) -> dict[str, Path]:
    """Every jar that `wanted` needs at run time, itself included: coordinates and file.

    One with a classifier is taken alone, without what it depends on.
    """
    context = MavenContext(repo_cache=directory, timeout=30)
    dependencies = [context.create_dependency(each) for each in wanted]
    inputs, transitive = context.resolver.resolve([d for d in dependencies if not d.classifier])
    alone = [d for d in dependencies if d.classifier]
    artifacts = [each.artifact for each in (*inputs, *transitive, *alone)]
    with ThreadPoolExecutor(THREADS) as threads:
        files = list(threads.map(lambda artifact: Path(artifact.resolve()), artifacts))
    names = [
        f"{a.groupId}:{a.artifactId}:{f'jar:{a.classifier}:' if a.classifier else ''}{a.version}"
        for a in artifacts
    ]
    return dict(zip(names, files, strict=True))
