"""What changed between two runs: a function of their results."""

from conformance.comparing.comparison import CauseChange, Change, Comparison, Kind, compare, older

__all__ = ["CauseChange", "Change", "Comparison", "Kind", "compare", "older"]
