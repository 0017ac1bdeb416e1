"""Maven artifacts by their coordinates: the only module that knows jgo."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests
from jgo.maven import MavenContext
from requests.adapters import HTTPAdapter

from local.errors import StackError

THREADS = 8
_TIMEOUT_SECONDS = (10, 60)


class Repository:
    """The repository that jgo knows, over connections that are kept from one file to the next."""

    def __init__(self) -> None:
        self._context = MavenContext()
        self._session = requests.Session()
        self._session.mount("https://", HTTPAdapter(pool_maxsize=THREADS, max_retries=2))

    def download(self, coordinates: str, directory: Path) -> Path:
        """Fetch one artifact into `directory`; what arrives is for the caller to check."""
        artifact = self._context.create_dependency(coordinates).artifact
        [address] = self._context.remote_repos.values()
        url = f"{address}/{artifact.component.path_prefix.as_posix()}/{artifact.filename}"
        directory.mkdir(parents=True, exist_ok=True)
        target = directory / f"{artifact.groupId}-{artifact.filename}"
        try:
            with self._session.get(url, stream=True, timeout=_TIMEOUT_SECONDS) as answer:
                answer.raise_for_status()
                with target.open("wb") as file:
                    file.writelines(answer.iter_content(chunk_size=1 << 16))
        except requests.RequestException as error:
            raise StackError(
                f"cannot fetch {coordinates} ({_reason(error)}): the jars are fetched once, from "
                "the network; try again, or set COINTICKER_CACHE to a filled cache"
            ) from error
        return target


def _reason(error: requests.RequestException) -> str:
    if error.response is not None:
        return f"HTTP status {error.response.status_code}"
    return type(error).__name__


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
