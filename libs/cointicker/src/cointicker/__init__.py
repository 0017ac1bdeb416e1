"""What every CoinTicker service shares: wire types, settings, lifecycle, Kafka and HDFS."""
