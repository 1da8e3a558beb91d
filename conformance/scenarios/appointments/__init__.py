"""Scenarios of the appointment interactions."""
