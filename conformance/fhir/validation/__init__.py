"""Definitions compiled to checks, and the checks."""
