"""TLS mechanics: hello messages as bytes, cipher suites by name, test certificates. Knows TLS, not GP Connect."""
