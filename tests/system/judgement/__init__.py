"""What whole runs come to on providers that behave in a certain way."""
