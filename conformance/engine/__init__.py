"""What a scenario is and the words it may use. Scenarios import from here; see case.py, expect.py and scene.py."""
