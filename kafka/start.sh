#!/bin/bash
# Runs ZooKeeper or a broker in its container, on the configuration mounted at /etc/kafka.
#   start.sh zookeeper
#   start.sh kafka [--override name=value …]
# HEAP is the size of its heap. ZOOKEEPER_SERVERS and ZOOKEEPER_ID make it one of several ZooKeepers:
# the members by comma, and which of them this is, from 1. BROKER makes it one of several brokers,
# from 0: the container is named for it.
set -euo pipefail
role=$1
shift
case $role in
zookeeper)
  main=org.apache.zookeeper.server.quorum.QuorumPeerMain
  config=/etc/kafka/zookeeper.properties
  metrics=7000
  if [[ -n ${ZOOKEEPER_SERVERS:-} ]]; then
    config=/tmp/zookeeper.properties
    cp /etc/kafka/zookeeper.properties "$config"
    printf '\ninitLimit=10\nsyncLimit=5\n' >>"$config"
    id=0
    for member in ${ZOOKEEPER_SERVERS//,/ }; do
      echo "server.$((++id))=$member:2888:3888" >>"$config"
    done
    echo "$ZOOKEEPER_ID" >/data/zookeeper/myid
  fi
  ;;
kafka)
  main=kafka.Kafka
  config=/etc/kafka/server.properties
  metrics=7071
  if [[ -n ${BROKER:-} ]]; then
    network=NETWORK://kafka-$((BROKER + 1)):9092
    # No two brokers may be advertised under the same address.
    set -- "$@" --override "broker.id=$BROKER" \
      --override "advertised.listeners=$network,HOST://localhost:$((9092 + BROKER))"
  fi
  ;;
*)
  echo "start.sh: no such role: $role" >&2
  exit 2
  ;;
esac
exec java @/etc/kafka/jvm.args "-Xmx$HEAP" \
  "-javaagent:/opt/kafka/agent.jar=$metrics:/etc/kafka/jmx.yml" \
  -Dlog4j.configuration=file:/etc/kafka/log4j.properties \
  @/opt/kafka/class-path "$main" "$config" "$@"
