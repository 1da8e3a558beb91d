"""Invariants: rules as Python functions, FHIRPath and XPath."""
