"""What base images take over from a host."""

from typing import Any

from images import docker
from images.host import Host, mirrors
from images.offline import given_by_the_user

TARGETS = [
    "Debian\thttp://mirror.example/debian/",
    "Debian\thttp://mirror.example/debian-security/",
    "Debian Backports\thttp://backports.example/",
    "Other\thttp://other.example/",
]


def test_the_mirrors_are_those_that_the_host_uses() -> None:
    assert mirrors(TARGETS) == (
        "http://mirror.example/debian/",
        "http://mirror.example/debian-security/",
    )


def test_a_host_that_is_not_debian_leaves_the_mirror_to_debootstrap() -> None:
    assert mirrors(["Ubuntu\thttp://mirror.example/ubuntu/"]) == (None, None)


def test_an_image_is_made_anew_when_the_certificates_change() -> None:
    before = Host(None, {"/etc/ssl/host.crt": b"one"}, {})
    after = Host(None, {"/etc/ssl/host.crt": b"two"}, {})
    assert before.digest() != after.digest()
    assert before.digest() == Host(None, {"/etc/ssl/host.crt": b"one"}, {}).digest()


def test_base_images_are_read_from_the_build_arguments() -> None:
    services: dict[str, dict[str, Any]] = {
        "prometheus": {"image": "prom/prometheus:v2"},
        "b": {"build": {"args": {"PYTHON_IMAGE": "python:3.13-slim"}}},
        "c": {"build": {"context": "."}},
    }
    assert docker.images(services) == {
        "PYTHON_IMAGE": "python:3.13-slim",
        "PROMETHEUS_IMAGE": "prom/prometheus:v2",
    }


def test_only_defaults_and_what_was_made_here_are_made_from_packages() -> None:
    compose = "PYTHON_IMAGE: ${PYTHON_IMAGE:-python:3.13-slim}"
    for image in ("python:3.13-slim", "cointicker/python:trixie"):
        assert given_by_the_user(compose, {"PYTHON_IMAGE": image}) == set()
    mine = "registry.example/python:3.13"
    assert given_by_the_user(compose, {"PYTHON_IMAGE": mine}) == {"PYTHON_IMAGE"}
