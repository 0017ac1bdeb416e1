"""What each source means: one pure module each, from an envelope to a processed record."""
