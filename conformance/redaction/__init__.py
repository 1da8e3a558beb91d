"""What must never be written down, and masking it."""
