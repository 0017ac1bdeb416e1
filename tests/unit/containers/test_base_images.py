"""What base images take over from a host."""

from images.docker import build_arguments
from images.host import Host, mirrors

TARGETS = [
    "Debian http://mirror.example/debian/",
    "Debian http://mirror.example/debian-security/",
    "Other http://other.example/",
]


def test_the_mirrors_are_those_that_the_host_uses() -> None:
    assert mirrors(TARGETS) == (
        "http://mirror.example/debian/",
        "http://mirror.example/debian-security/",
    )


def test_a_host_that_is_not_debian_leaves_the_mirror_to_debootstrap() -> None:
    assert mirrors(["Ubuntu http://mirror.example/ubuntu/"]) == (None, None)


def test_an_image_is_made_anew_when_the_certificates_change() -> None:
    before = Host(None, {"/etc/ssl/host.crt": b"one"}, {})
    after = Host(None, {"/etc/ssl/host.crt": b"two"}, {})
    assert before.digest() != after.digest()
    assert before.digest() == Host(None, {"/etc/ssl/host.crt": b"one"}, {}).digest()


def test_base_images_are_read_from_the_build_arguments() -> None:
    configured = """{"services": {
        "a": {"image": "x"},
        "b": {"build": {"args": {"PYTHON_IMAGE": "python:3.13-slim"}}},
        "c": {"build": {"context": "."}}}}"""
    assert build_arguments(configured) == {"python:3.13-slim"}
