"""What a base image takes over from this host: certificates, mirrors and package settings."""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from images.errors import HostError

SUITE = "trixie"
# Where systems keep the certificates they trust, as one file.
_BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")
_COPIED = ("/etc/pip.conf", "/etc/uv/uv.toml")
# A place of its own: a package that brings certificates writes the usual one anew.
_TRUSTED = "/etc/ssl/host.crt"
_TRUST = ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE")
_INDEX = ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL")
_LISTS = Path("/var/lib/apt/lists")
_APT = re.compile(r"Acquire::(https?|Check-|Retries|ForceIPv)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Host:
    """What is taken over: `files` by their path in the image, and variables."""

    mirror: str | None
    files: dict[str, bytes]
    environment: dict[str, str]

    def digest(self) -> str:
        """Changes when an image has to be made anew."""
        return digest(repr((SUITE, self)).encode())


def digest(content: bytes) -> str:
    """A short name for exactly this content."""
    return hashlib.sha256(content).hexdigest()[:16]


def look() -> Host:
    """This host as it is now. Raises HostError if it has no certificates to take over."""
    bundle = next((Path(each) for each in _BUNDLES if Path(each).is_file()), None)
    if bundle is None:
        raise HostError("no bundle of CA certificates here: install ca-certificates")
    if not any(_LISTS.glob("*Release")):
        # Only they tell whose a mirror is.
        _run("apt-get", "-qq", "update")
    targets = _run("apt-get", "indextargets", "--format", "$(ORIGIN)\t$(REPO_URI)")
    mirror, security = mirrors(targets.splitlines())
    apt = [line for line in _run("apt-config", "dump").splitlines() if _APT.match(line)]
    files = {
        _TRUSTED: bundle.read_bytes(),
        "/etc/ssl/certs/ca-certificates.crt": bundle.read_bytes(),
        "/etc/apt/apt.conf.d/90host": "".join(f"{line}\n" for line in apt).encode(),
        **{each: Path(each).read_bytes() for each in _COPIED if Path(each).is_file()},
    }
    if security:
        line = f"deb {security} {SUITE}-security main\n"
        files["/etc/apt/sources.list.d/security.list"] = line.encode()
    environment = {name: os.environ[name] for name in _INDEX if os.environ.get(name)}
    environment |= dict.fromkeys(_TRUST, _TRUSTED)
    return Host(os.environ.get("DEBIAN_MIRROR") or mirror, files, environment)


def mirrors(targets: Iterable[str]) -> tuple[str | None, str | None]:
    """The mirrors of Debian and of its security updates that this host uses, if it uses any."""
    fields = [line.partition("\t") for line in targets]
    found = [address for origin, _, address in fields if origin == "Debian"]
    plain = [each for each in found if "security" not in each]
    security = [each for each in found if "security" in each]
    return (plain[0] if plain else None), (security[0] if security else None)


def _run(*command: str) -> str:
    """What a command prints; nothing where there is no such command."""
    if not shutil.which(command[0]):
        return ""
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout
