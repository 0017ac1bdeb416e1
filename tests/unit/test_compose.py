"""compose.yaml and the Dockerfiles, against the settings that the services read."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from cointicker.doctor.settings import DoctorSettings
from cointicker.settings import ServiceSettings
from collector.config import CollectorSettings
from collector.source import Source
from hdfs_sink.config import SinkSettings
from insights.config import InsightsSettings
from local.services import _SIMULATED
from processor.config import ProcessorSettings
from simulator.config import PREFIX
from simulator.config import Settings as SimulatorSettings

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "compose.yaml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
EXAMPLE = (ROOT / ".env.example").read_text()
OURS: dict[str, type[ServiceSettings]] = {
    "collector": CollectorSettings,
    "processor": ProcessorSettings,
    "hdfs-sink": SinkSettings,
    "insights": InsightsSettings,
}
DOCKERFILES = [
    *ROOT.glob("services/*/Dockerfile"),
    *(ROOT / folder / "Dockerfile" for folder in ("simulator", "kafka", "hdfs")),
]
# What the containers are made for, so that nobody has to say it; and what is another in each of
# several containers, which one variable cannot be.
FIXED = {"CONFIG_FILE", "HTTP_HOST", "SPOOL_DIRECTORY", "HDFS_WEB_PORT", "KAFKA_GROUP_INSTANCE_ID"}
SET = {"KAFKA_BOOTSTRAP_SERVERS", "HDFS_NAMENODE", "HTTP_PORT"}
OF_COMPOSE = {"COMPOSE_PROFILES"}


def variables(service: str) -> dict[str, object]:
    """Every environment variable that a service reads, with its default."""
    found: dict[str, object] = {}
    for name, field in OURS[service].model_fields.items():
        default = field.get_default(call_default_factory=True, validated_data={})
        if isinstance(default, Source):
            own = type(default).model_fields
            found |= {f"{name}_{each}".upper(): getattr(default, each) for each in own}
        else:
            found[name.upper()] = default
    return found


def assigned() -> dict[str, set[str]]:
    """The names in .env.example, each with the defaults that it is given there."""
    found: dict[str, set[str]] = {}
    for name, value in re.findall(r"^#([A-Z][A-Z0-9_]*)=(.*)$", EXAMPLE, re.MULTILINE):
        found.setdefault(name, set()).add(value.strip('"'))
    return found


def shown(value: object) -> str:
    """A default as .env.example has it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list):
        return ",".join(value)
    return "" if value is None else str(value)


def interpolated() -> dict[str, str]:
    """The variables that compose.yaml itself takes, with their defaults."""
    return dict(re.findall(r"\$\{(\w+):-([^}]*)\}", TEXT))


def passed_on() -> set[str]:
    """The variables that some service is given if they are set."""
    return {
        name
        for service in SERVICES.values()
        for name, value in service.get("environment", {}).items()
        if value is None
    }


@pytest.mark.parametrize("service", OURS)
def test_every_setting_of_a_service_reaches_it(service: str) -> None:
    environment = SERVICES[service]["environment"]
    assert set(variables(service)) - FIXED - set(environment) == set()
    given = {name for name in environment if not name.startswith("SIMULATED_")}
    assert given - set(variables(service)) == set()
    assert {name for name in given if environment[name] is not None} <= SET


@pytest.mark.parametrize("service", OURS)
def test_the_example_names_every_setting_with_its_default(service: str) -> None:
    example = assigned()
    for name, default in variables(service).items():
        if name not in FIXED | SET:
            assert shown(default) in example.get(name, set()), name


def test_the_example_names_the_simulators_settings_with_their_defaults() -> None:
    fields = SimulatorSettings.model_fields
    wanted = {f"{PREFIX}{name.upper()}": shown(each.default) for name, each in fields.items()}
    del wanted[f"{PREFIX}HOST"], wanted[f"{PREFIX}PORT"]
    assert set(SERVICES["simulator"]["environment"]) == set(wanted)
    assert {name: assigned()[name] for name in wanted} == {n: {v} for n, v in wanted.items()}


def test_the_example_names_what_compose_reads_and_nothing_else() -> None:
    read = passed_on() | set(interpolated()) | OF_COMPOSE
    assert set(assigned()) == read
    assert {name: {value} for name, value in interpolated().items()}.items() <= assigned().items()


def test_the_command_finds_every_service_and_plain_up_does_not_start_it() -> None:
    command = SERVICES["cointicker"]
    assert (command["profiles"], command["restart"]) == (["tools"], "no")
    assert "depends_on" not in command
    environment = command["environment"]
    for name, settings in OURS.items():
        port = settings.model_fields["http_port"].default
        assert environment[f"{name.replace('-', '_').upper()}_URL"] == f"http://{name}:{port}"
    assert environment["ZOOKEEPER_CONNECT"] == "zookeeper:2181"
    given = {name for name in environment if not name.startswith("KAFKA_M")}
    known = {name.upper() for each in (DoctorSettings, SinkSettings) for name in each.model_fields}
    assert given - known == {"KAFKA_REPLICATION_FACTOR"}


def test_every_source_is_simulated_at_its_own_address() -> None:
    environment = SERVICES["collector"]["environment"]
    for source, path in _SIMULATED.items():
        simulated = environment[f"SIMULATED_{source}_BASE_URL"]
        assert simulated == f"http://simulator:8080/{path}"


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_is_bounded_and_comes_back(name: str) -> None:
    service = SERVICES[name]
    assert {"mem_limit", "cpus"} <= set(service)
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    if name not in ("kafka-topics", "cointicker"):
        assert service["restart"] == "unless-stopped"


@pytest.mark.parametrize("service", OURS)
def test_a_container_may_take_longer_to_stop_than_the_services_own_grace(service: str) -> None:
    grace = OURS[service].model_fields["grace_seconds"].default
    assert int(SERVICES[service]["stop_grace_period"].removesuffix("s")) >= grace + 5


def test_only_this_machine_reaches_what_is_published() -> None:
    ports = {name: each["ports"] for name, each in SERVICES.items() if "ports" in each}
    assert set(ports) == {"insights", "prometheus", "grafana"}
    assert all(port.startswith("127.0.0.1:") for each in ports.values() for port in each)


def test_brokers_and_hdfs_are_on_the_network_that_leads_nowhere() -> None:
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    outside = {name for name, each in SERVICES.items() if "outside" in each["networks"]}
    assert outside == {"collector", "insights", "prometheus", "grafana"}


def test_services_that_can_be_scaled_have_no_name_of_their_own() -> None:
    named = {name for name, each in SERVICES.items() if "container_name" in each}
    assert named == {"zookeeper", "kafka", "namenode", "datanode"}


def test_no_secret_is_in_the_files() -> None:
    for text in (TEXT, (ROOT / "compose.cluster.yaml").read_text(), EXAMPLE):
        assert not re.search(r"(?i)(password|secret|token)\s*[:=]\s*\S", text)
    assert assigned()["PERPLEXITY_API_KEY"] == {""}


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_images_build_anywhere_and_run_as_nobody_in_particular(path: Path) -> None:
    text = path.read_text()
    # Older engines would fetch the parser that such a line names.
    assert not text.startswith("# syntax=")
    assert "COPY --link" not in text
    for name, default in re.findall(r"^ARG (\w+)=(.+)$", text, re.MULTILINE):
        assert interpolated()[name] == default
    last = text.rpartition("\nFROM ")[2]
    assert "\nUSER 10001:10001\n" in last
    assert "org.opencontainers.image.title" in last
    assert re.search(r'^ENTRYPOINT \["', last, re.MULTILINE)


@pytest.mark.parametrize("service", OURS)
def test_a_services_health_is_asked_at_its_own_port(service: str) -> None:
    port = OURS[service].model_fields["http_port"].default
    text = (ROOT / "services" / service / "Dockerfile").read_text()
    assert f'"/app/ready.py", "{port}"]' in text
    assert f"EXPOSE {port}\n" in text
    assert SERVICES[service]["environment"]["HTTP_PORT"] == str(port)


def test_jars_and_images_come_from_where_the_tools_know() -> None:
    ours = "|".join([r"127\.0\.0\.1", "simulator:", *(f"{name}:" for name in OURS)])
    for path in [*DOCKERFILES, *ROOT.glob("scripts/images/**/*"), ROOT / "compose.yaml"]:
        if path.is_file() and "__pycache__" not in path.parts:
            assert not re.search(rf"https?://(?!{ours})", path.read_text()), path
