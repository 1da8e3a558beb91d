"""Probes below HTTP: TLS, certificates, plain text on a port."""
