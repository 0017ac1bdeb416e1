#!/bin/bash
# Runs the NameNode or a DataNode in its container, on the configuration mounted at /etc/hadoop.
#   start.sh namenode|datanode [-D name=value …]
# HEAP is the size of its heap.
set -euo pipefail
role=$1
shift
names=/data/hdfs/name
jvm=(
  java @/etc/hadoop/jvm.args "-Xmx$HEAP"
  -Dlog4j.configuration=file:/etc/hadoop/log4j.properties
  @/opt/hdfs/class-path
)
case $role in
namenode)
  main=org.apache.hadoop.hdfs.server.namenode.NameNode
  # The name says that the format is complete: one that was interrupted is begun anew.
  if [[ ! -d $names ]]; then
    rm -rf "$names.new"
    "${jvm[@]}" "$main" -D "dfs.namenode.name.dir=file://$names.new" -format -nonInteractive
    sync "$names.new"/current/*
    mv "$names.new" "$names"
  fi
  ;;
datanode)
  main=org.apache.hadoop.hdfs.server.datanode.DataNode
  ;;
*)
  echo "start.sh: no such role: $role" >&2
  exit 2
  ;;
esac
exec "${jvm[@]}" "$main" "$@"
