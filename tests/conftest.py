"""What all tests share."""

from hypothesis import settings

# The same draws in every run, and no deadline: a test never depends on how busy the machine is.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")
