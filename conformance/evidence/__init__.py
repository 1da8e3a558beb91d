"""The evidence of a run: one SQLite file that is written as things happen and read by everything that reports on them."""
