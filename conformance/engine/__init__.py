"""What a scenario is and what it may use; see scenario.py, expected_error.py and context.py."""
