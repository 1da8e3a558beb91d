"""Waivers: a file of what is known and accepted for a while, and its use on the results of a run."""

from conformance.waivers.applying import waived
from conformance.waivers.reading import Known, read_waivers

__all__ = ["Known", "read_waivers", "waived"]
