"""The sources: one module each, no more than endpoints, fetch and parse."""
