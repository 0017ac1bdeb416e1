#!/bin/bash
# Kafka's command line tools, each by its usual name, with and without .sh.
set -eu
case $(basename "$0" .sh) in
kafka-topics) main=org.apache.kafka.tools.TopicCommand ;;
kafka-console-producer) main=kafka.tools.ConsoleProducer ;;
kafka-console-consumer) main=org.apache.kafka.tools.consumer.ConsoleConsumer ;;
kafka-consumer-groups) main=org.apache.kafka.tools.consumer.group.ConsumerGroupCommand ;;
esac
# A command that is over in a second: compiled quickly rather than well.
exec java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx160m \
  -Dlog4j.configuration=file:/etc/kafka/tools-log4j.properties @/opt/kafka/class-path "$main" "$@"
