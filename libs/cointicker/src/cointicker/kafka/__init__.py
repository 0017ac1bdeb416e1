"""Kafka as the services use it: the one package that imports aiokafka."""
