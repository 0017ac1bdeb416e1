"""Make the base images from Debian's packages, where no registry can be reached.

`make offline-images` writes their names into `.env`, so that plain `docker compose` takes them.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from images import docker, dotenv, host, preflight
from images.errors import HostError

ROOT = Path(__file__).resolve().parent.parent
RECIPE = Path(__file__).parent / "images" / "base"
LABEL = "cointicker.recipe"
BASE = f"cointicker/debian:{host.SUITE}"
# The variables of compose.yaml, and the build target that stands in for each.
TARGETS = {"PYTHON_IMAGE": "python", "JRE_IMAGE": "jre", "PROMETHEUS_IMAGE": "prometheus"}


def main() -> int:
    """Make what is missing or made otherwise, then name it in `.env`."""
    try:
        problems = preflight.problems_of_docker()
        if problems:
            raise HostError("\n".join(problems))
        found = host.look()
        _make_base(found)
        images = {name: _make(target, found.digest()) for name, target in TARGETS.items()}
        _name_in(ROOT / ".env", images)
    except HostError as error:
        sys.stderr.write("".join(f"offline-images: {line}\n" for line in str(error).splitlines()))
        return 1
    return 0


def _make_base(found: host.Host) -> None:
    if docker.label(BASE, LABEL) == found.digest():
        return
    _say(f"making {BASE} with debootstrap, a minute or two")
    with tempfile.TemporaryDirectory() as directory:
        tree = Path(directory) / "tree"
        archive = Path(directory) / "tree.tar"
        mirror = [found.mirror] if found.mirror else []
        _as_root("debootstrap", "--variant=minbase", host.SUITE, str(tree), *mirror)
        for path, content in found.files.items():
            given = Path(directory) / "given"
            given.write_bytes(content)
            _as_root("install", "-D", "-m", "644", str(given), f"{tree}{path}")
        left_out = [f"--exclude=./{each}" for each in ("dev/*", "var/cache/apt/*", "var/lib/apt/lists/*", "usr/share/doc/*", "usr/share/man/*", "usr/share/locale/*")]
        _as_root("tar", "-C", str(tree), *left_out, "-cf", str(archive), ".")
        _as_root("rm", "-rf", "--one-file-system", str(tree))
        changes = [f"ENV {name}={value}" for name, value in found.environment.items()]
        changes += [f"LABEL {LABEL}={found.digest()}", 'CMD ["bash"]']
        options = [part for change in changes for part in ("--change", change)]
        docker.order(["import", *options, str(archive), BASE])


def _make(target: str, digest: str) -> str:
    recipe = f"{digest}"
    image = f"cointicker/{target}:{host.SUITE}"
    if docker.label(image, LABEL) != recipe:
        _say(f"making {image}")
        arguments = ["--build-arg", f"BASE={BASE}", "--label", f"{LABEL}={recipe}"]
        docker.order(["build", *arguments, "--target", target, "--tag", image, str(RECIPE)])
    return image


def _name_in(path: Path, images: dict[str, str]) -> None:
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    after = dotenv.with_values(before, images)
    if after != before:
        path.write_text(after, encoding="utf-8")
    for name, image in images.items():
        size = docker.ask("image", "inspect", "--format", "{{.Size}}", image) or "0"
        _say(f"{name}={image} ({int(size) / 1e6:.0f} MB) in {path.name}")


def _as_root(*command: str) -> None:
    if not shutil.which(command[0]):
        raise HostError(f"{command[0]} is missing: apt-get install {command[0]}")
    prefix = [] if os.geteuid() == 0 else ["sudo"]
    try:
        subprocess.run([*prefix, *command], stdout=subprocess.DEVNULL, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise HostError(f"{' '.join(command[:2])} failed ({error}): see above") from error


def _say(line: str) -> None:
    sys.stdout.write(f"offline-images: {line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
