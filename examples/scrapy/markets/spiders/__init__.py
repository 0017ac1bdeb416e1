"""The spiders: each publishes to the topic of its name."""
