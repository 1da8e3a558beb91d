"""The six appointment interactions."""
