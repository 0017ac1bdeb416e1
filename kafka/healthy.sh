#!/bin/bash
# The health check of both roles, without starting a JVM: one question over /dev/tcp.
set -u
case $1 in
zookeeper)
  # `ruok` is answered well before requests are.
  exec 3<>/dev/tcp/127.0.0.1/2181 || exit 1
  printf srvr >&3
  while IFS= read -r -t 3 -u 3 line; do
    [[ $line == Mode:* ]] && exit 0
  done
  echo "ZooKeeper does not serve: $line"
  ;;
kafka)
  # ApiVersions: a broker answers requests only once it is registered. An answer begins with the
  # high byte of its length, which is 0.
  exec 3<>/dev/tcp/127.0.0.1/9092 || exit 1
  printf '\0\0\0\012\0\022\0\0\0\0\0\1\377\377' >&3
  IFS= read -r -t 3 -d '' -u 3 && exit 0
  echo "the broker does not answer"
  ;;
esac
exit 1
