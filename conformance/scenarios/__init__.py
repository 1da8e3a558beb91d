"""The scenarios: one pytest module an interaction. `pytest --pyargs conformance.scenarios --gpc-config FILE` runs them."""
