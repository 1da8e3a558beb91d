"""Before a run: what an endpoint is, what it offers, whether the configuration suffices, what could fill it in."""
