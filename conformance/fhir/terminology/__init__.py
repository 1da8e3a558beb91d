"""Value sets and code systems, offline."""
