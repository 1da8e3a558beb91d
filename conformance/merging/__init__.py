"""Shards of one selection, each a run of its own, made into one run: the same as if it had been played at once."""
