"""See ARCHITECTURE.md for what this package contains and may import."""
