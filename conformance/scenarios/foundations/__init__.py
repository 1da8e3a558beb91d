"""Scenarios of the Foundations interactions and the capability statement."""
