"""Turns processed records into candles and insights, and serves them."""
