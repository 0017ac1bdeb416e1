"""The processor: raw records become typed, clean, and each version of a fact is kept once."""
