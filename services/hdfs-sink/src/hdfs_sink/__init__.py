"""Keeps every record of the topics exactly once in HDFS."""
