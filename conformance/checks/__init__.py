"""See ARCHITECTURE.md for what this room holds and may import."""
