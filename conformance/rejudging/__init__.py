"""Judging a recorded run again, without its provider: what was received is judged by the rules of this version."""
