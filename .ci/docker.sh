#!/usr/bin/env bash
# Installs what the tests on containers need and is missing, and starts the Docker engine.
# For Debian 12, as root; at once and without effect where all is there and runs.
set -euo pipefail

# What the machine's own packages give; of each, the command that tells whether it is there.
declare -A PACKAGES=([dockerd]=docker.io [iptables]=iptables [debootstrap]=debootstrap
  [promtool]=prometheus [kcat]=kcat [cgroupfs-mount]=cgroupfs-mount
  [pgrep]=procps)
# Compose v2 and buildx are Debian packages from this release on, and run on older ones as they are.
PLUGINS_FROM=trixie
PLUGINS=(compose buildx)
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
ENGINE_LOG=/var/log/dockerd.log
ENGINE_SECONDS=60

fail() { echo "docker.sh: $*" >&2; exit 1; }

missing_packages() {
  local command
  for command in "${!PACKAGES[@]}"; do
    command -v "$command" >/dev/null || echo "${PACKAGES[$command]}"
  done
}

install_packages() {
  local packages
  mapfile -t packages < <(missing_packages)
  ((${#packages[@]} == 0)) && return
  [[ -r /etc/debian_version ]] || fail "no Debian here: install ${packages[*]} by hand"
  ((EUID == 0)) || fail "run as root, or install by hand: ${packages[*]}"
  echo "docker.sh: installing ${packages[*]}"
  apt-get -qq update
  DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120 \
    install --no-install-recommends "${packages[@]}" </dev/null >/dev/null
  # Only its tools are wanted: as a service it takes the port of the one in a container.
  if [[ " ${packages[*]} " == *" prometheus "* && -d /run/systemd/system ]]; then
    systemctl disable --now prometheus
  fi
}

# The mirror is the one that the machine uses itself. Lists and sources are in a folder of their
# own, so the machine never takes another package from that release; signatures are checked.
download_plugins() {
  local folder=$1 mirror
  shift
  compgen -G '/var/lib/apt/lists/*Release' >/dev/null || apt-get -qq update
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' \
    "Codename: $(. /etc/os-release && echo "$VERSION_CODENAME")" 'Component: main' | head -n 1)
  [[ -n $mirror ]] || fail "the machine's package sources name no Debian mirror"
  mkdir -p "$folder"/{lists/partial,cache/archives/partial}
  echo "deb [signed-by=$KEYRING] $mirror $PLUGINS_FROM main" >"$folder/sources.list"
  local private=(-o "Dir::Etc::sourcelist=$folder/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::lists=$folder/lists" -o "Dir::Cache=$folder/cache" -o APT::Sandbox::User=root)
  apt-get -qq "${private[@]}" update
  (cd "$folder" && apt-get -qq "${private[@]}" download "$@")
}

install_plugins() {
  local folder plugin missing=()
  for plugin in "${PLUGINS[@]}"; do
    docker "$plugin" version >/dev/null 2>&1 || missing+=("docker-$plugin")
  done
  ((${#missing[@]} == 0)) && return
  ((EUID == 0)) || fail "run as root, or install ${missing[*]} by hand"
  echo "docker.sh: unpacking ${missing[*]} of $PLUGINS_FROM"
  folder=$(mktemp -d)
  download_plugins "$folder" "${missing[@]}"
  for plugin in "$folder"/*.deb; do
    dpkg-deb --extract "$plugin" "$folder/unpacked"
  done
  mkdir -p ~/.docker/cli-plugins
  cp "$folder"/unpacked/usr/libexec/docker/cli-plugins/* ~/.docker/cli-plugins/
  rm -rf "$folder"
}

start_engine() {
  docker info >/dev/null 2>&1 && return
  ((EUID == 0)) || fail "no Docker engine answers: start it, or run as root"
  echo "docker.sh: starting dockerd (its log: $ENGINE_LOG)"
  # What an engine that was killed leaves behind keeps the next one from starting.
  pgrep -x dockerd >/dev/null || rm -f /var/run/docker.pid
  pgrep -x containerd >/dev/null || rm -f /var/run/docker/containerd/containerd.pid
  mountpoint -q /sys/fs/cgroup || cgroupfs-mount
  setsid dockerd >>"$ENGINE_LOG" 2>&1 </dev/null 9>&- &
  local until=$((SECONDS + ENGINE_SECONDS))
  until docker info >/dev/null 2>&1; do
    ((SECONDS < until)) || { tail -n 30 "$ENGINE_LOG" >&2; fail "dockerd did not answer in $ENGINE_SECONDS s"; }
    sleep 0.5
  done
}

exec 9>"/tmp/cointicker-docker.$EUID.lock"
flock 9
install_packages
install_plugins
start_engine
exec 9>&-
docker info --format 'docker.sh: Docker {{.ServerVersion}} runs, {{.NCPU}} cores'
echo "docker.sh: $(docker compose version), $(docker buildx version)"
