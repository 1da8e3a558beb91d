"""Several processes that play the scenarios of one run: who plays what, with whose people and slots, and how they talk."""
