#!/bin/sh
# Makes /opt/venv in the first stage of an image. Needs a python and requirements-uv.lock.
#   venv.sh requirements …   what `uv pip install` takes; every package must have its hash
#   venv.sh members …        packages of this repository, into a folder of their own: the
#                            requirements stay one layer that the images share
set -eu
tools=/opt/tools
venv=/opt/venv
uv() { "$tools/bin/uv" "$@"; }

case $1 in
requirements)
  shift
  python -m venv "$tools"
  "$tools/bin/pip" install --quiet --require-hashes -r requirements-uv.lock
  uv venv --quiet --python "$(command -v python)" "$venv"
  uv pip install --quiet --python "$venv" --link-mode copy --compile-bytecode --require-hashes "$@"
  packages=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
  echo "$venv/members" >"$packages/members.pth"
  ;;
members)
  shift
  uv pip install --quiet --python "$venv" --target "$venv/members" --link-mode copy \
    --compile-bytecode --no-deps --no-index --no-sources "$@"
  ;;
*)
  echo "venv.sh: give requirements or members (got '$1')" >&2
  exit 2
  ;;
esac
