"""Findings with the same explanation, grouped: what is wrong once, however often it shows."""

from conformance.causes.cause import Cause
from conformance.causes.grouping import causes_of

__all__ = ["Cause", "causes_of"]
