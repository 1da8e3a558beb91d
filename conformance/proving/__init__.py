"""Faults against scenarios: shows that each scenario fails on a provider that is wrong in its way."""
