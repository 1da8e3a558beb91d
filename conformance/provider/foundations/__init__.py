"""The Foundations interactions that an appointment consumer needs."""
