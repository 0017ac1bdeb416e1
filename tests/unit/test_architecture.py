"""The rules of docs/architecture.md that a machine can check."""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SERVICES = {
    "collector": "collector",
    "processor": "processor",
    "hdfs-sink": "hdfs_sink",
    "insights": "insights",
}
LIBRARY = "libs/cointicker/src/cointicker"
HEADINGS = ["Reads", "Writes", "Settings", "Metrics", "When things fail"]
CODE = [
    *ROOT.glob("libs/*/src/**/*.py"),
    *ROOT.glob("services/*/src/**/*.py"),
    *ROOT.glob("simulator/src/**/*.py"),
    *ROOT.glob("scripts/**/*.py"),
]


@cache
def imports(path: Path) -> frozenset[str]:
    return frozenset(_imports(ast.parse(path.read_text())))


def _imports(tree: ast.AST) -> Iterator[str]:
    if isinstance(tree, ast.Import):
        yield from (name.name for name in tree.names)
    elif isinstance(tree, ast.ImportFrom) and tree.module:
        yield tree.module
    for node in ast.iter_child_nodes(tree):
        # What only names types is never loaded.
        if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            yield from _imports(node)


def importers(package: str) -> set[str]:
    return {
        str(path.relative_to(ROOT))
        for path in CODE
        if any(name == package or name.startswith(f"{package}.") for name in imports(path))
    }


def test_only_the_kafka_package_imports_aiokafka() -> None:
    assert {Path(each).parent.name for each in importers("aiokafka")} == {"kafka"}


def test_only_one_module_imports_the_hdfs_client() -> None:
    assert importers("hdfs") == {f"{LIBRARY}/webhdfs.py"}


def test_only_the_package_for_spiders_imports_scrapy() -> None:
    assert {str(Path(each).parent) for each in importers("scrapy")} == {f"{LIBRARY}/scrapy"}


def test_only_one_module_imports_pyarrow() -> None:
    assert importers("pyarrow") == {f"{LIBRARY}/archive/arrow.py"}


def test_no_source_of_the_collector_imports_an_http_client() -> None:
    assert not {each for each in importers("aiohttp") if "/sources/" in each}
    assert len({each for each in importers("aiohttp") if "/collector/" in each}) == 1


@pytest.mark.parametrize("package", [*SERVICES.values(), "simulator"])
def test_nobody_imports_a_service_but_itself(package: str) -> None:
    outside = {each for each in importers(package) if f"/src/{package}/" not in each}
    assert not outside


def test_the_library_imports_no_service() -> None:
    assert not {
        each
        for package in [*SERVICES.values(), "simulator"]
        for each in importers(package)
        if each.startswith("libs/")
    }


@pytest.mark.parametrize(("service", "package"), SERVICES.items())
def test_every_service_looks_the_same(service: str, package: str) -> None:
    folder = ROOT / "services" / service
    code = folder / "src" / package
    assert all((code / f"{name}.py").is_file() for name in ("__main__", "config", "metrics"))
    assert re.findall(r"^## (.+)$", (folder / "README.md").read_text(), re.M) == HEADINGS
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    assert project["scripts"] == {service: f"{package}.__main__:main"}


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_runs_in_a_container(service: str) -> None:
    assert (ROOT / "services" / service / "Dockerfile").is_file()
    entry = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"][service]
    assert entry["build"]["dockerfile"] == f"services/{service}/Dockerfile"


def test_every_folder_of_services_is_known_here() -> None:
    assert {path.parent.name for path in ROOT.glob("services/*/pyproject.toml")} == set(SERVICES)


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_is_small_and_says_what_it_is_for(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 400
    assert ast.get_docstring(ast.parse(text))
