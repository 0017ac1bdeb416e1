"""ZooKeeper, Kafka, HDFS and the services as processes of this machine, without containers."""
