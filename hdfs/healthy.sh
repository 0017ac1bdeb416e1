#!/bin/bash
# The health check of both roles, without starting a JVM: one management bean over /dev/tcp.
set -u
case $1 in
namenode)
  port=9870
  bean='Hadoop:service=NameNode,name=NameNodeInfo::Safemode'
  # Out of safe mode, which it leaves when a DataNode has reported.
  wanted='"Safemode" : ""'
  ;;
datanode)
  port=9864
  bean='Hadoop:service=DataNode,name=DataNodeInfo::BPServiceActorInfo'
  wanted='RUNNING'
  ;;
esac
exec 3<>"/dev/tcp/127.0.0.1/$port" || exit 1
printf 'GET /jmx?get=%s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$bean" >&3
while IFS= read -r -t 3 -u 3 line; do
  [[ $line == *"$wanted"* ]] && exit 0
  [[ $line == *'" : '* ]] && said=$line
done
echo "not ready: ${said:-}"
exit 1
