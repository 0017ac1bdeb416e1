"""Base images from Debian's packages: one tree by debootstrap, and a target for each image."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from images import docker, dotenv, host
from images.errors import HostError

_RECIPE = Path(__file__).parent / "base"
_LABEL = "cointicker.recipe"
_BASE = f"cointicker/debian:{host.SUITE}"
# The variables of compose.yaml, and the build target that stands in for each.
TARGETS = {"PYTHON_IMAGE": "python", "JRE_IMAGE": "jre", "PROMETHEUS_IMAGE": "prometheus"}
# Of no use in an image.
_LEFT_OUT = (
    *("dev/*", "var/cache/apt/*", "var/lib/apt/lists/*", "var/log/*"),
    *("usr/share/doc/*", "usr/share/man/*", "usr/share/locale/*"),
)
Report = Callable[[str], None]


def make(settings: Path, report: Report, given: Collection[str] = ()) -> None:
    """Make what is missing, or was made otherwise; then name it in the file of settings.

    The variables that are `given` keep their values there.
    """
    found = host.look()
    if docker.label(_BASE, _LABEL) != found.digest():
        report(f"making {_BASE} with debootstrap, which takes a minute")
        _make_base(found)
    recipe = f"{found.digest()}-{host.digest((_RECIPE / 'Dockerfile').read_bytes())}"
    images = {}
    for variable in sorted(TARGETS.keys() - given):
        target = TARGETS[variable]
        images[variable] = image = _image(target)
        if docker.label(image, _LABEL) != recipe:
            report(f"making {image}")
            _make(target, image, recipe)
    _name_in(settings, images)
    for variable, image in images.items():
        report(f"{variable}={image} ({docker.megabytes(image)} MB) in {settings.name}")


def given_by_the_user(compose: str, images: Mapping[str, str]) -> set[str]:
    """The variables of images that are neither the defaults of compose.yaml nor made here."""
    defaults = dict(re.findall(r"\$\{(\w+):-([^}]*)\}", compose))
    ours = {variable: _image(target) for variable, target in TARGETS.items()}
    return {
        variable
        for variable, image in images.items()
        if image not in (defaults.get(variable), ours.get(variable))
    }


def _image(target: str) -> str:
    return f"cointicker/{target}:{host.SUITE}"


def _make_base(found: host.Host) -> None:
    # Not /tmp, which may be in memory, or mounted without device files.
    with tempfile.TemporaryDirectory(dir="/var/tmp") as directory:
        tree, archive = Path(directory) / "tree", Path(directory) / "tree.tar"
        mirror = [found.mirror] if found.mirror else []
        try:
            _as_root("debootstrap", "--variant=minbase", host.SUITE, str(tree), *mirror)
            for path, content in found.files.items():
                given = Path(directory) / "given"
                given.write_bytes(content)
                _as_root("install", "-D", "-m", "644", str(given), f"{tree}{path}")
            excluded = [f"--exclude=./{each}" for each in _LEFT_OUT]
            _as_root("tar", "-C", str(tree), *excluded, "-cf", str(archive), ".")
        finally:
            _as_root("rm", "-rf", "--one-file-system", str(tree))
        changes = [f"ENV {name}={value}" for name, value in found.environment.items()]
        changes += [f"LABEL {_LABEL}={found.digest()}", 'CMD ["bash"]']
        options = [part for change in changes for part in ("--change", change)]
        docker.order(["import", *options, str(archive), _BASE])


def _make(target: str, image: str, recipe: str) -> None:
    arguments = ["--build-arg", f"BASE={_BASE}", "--label", f"{_LABEL}={recipe}"]
    docker.order(["build", *arguments, "--target", target, "--tag", image, str(_RECIPE)])


def _name_in(settings: Path, images: Mapping[str, str]) -> None:
    before = settings.read_text(encoding="utf-8") if settings.exists() else ""
    after = dotenv.with_values(before, images)
    if after != before:
        settings.write_text(after, encoding="utf-8")


def _as_root(*command: str) -> None:
    if not shutil.which(command[0]):
        raise HostError(f"{command[0]} is missing: apt-get install {command[0]}")
    prefix = [] if os.geteuid() == 0 else ["sudo"]
    try:
        subprocess.run([*prefix, *command], stdout=subprocess.DEVNULL, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise HostError(f"{command[0]} failed ({error}): see above") from error
