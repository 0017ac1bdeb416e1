"""Polls each source concurrently and publishes to the raw topics."""
