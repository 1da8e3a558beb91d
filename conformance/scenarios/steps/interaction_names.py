"""The interactions by the short names that ids of scenarios hold, and their names in words, as the editions' data have them."""

from __future__ import annotations

from conformance.spec import interactions

SHORT = {short: interaction.key for short, interaction in interactions().items()}
"""The key of each interaction by its short name."""

SHORT_OF = {key: short for short, key in SHORT.items()}
"""The short name of each interaction by its key."""

NAMES = {short: interaction.phrase for short, interaction in interactions().items()}
"""Each interaction in words, within a sentence."""

SAID = {short: phrase[0].upper() + phrase[1:] for short, phrase in NAMES.items()}
"""Each interaction in words, as the beginning of a title."""

WRITES = ("book_appointment", "amend_appointment", "cancel_appointment", "register_patient")
"""The keys of those that change something."""

READ_ONLY = tuple(short for short, key in SHORT.items() if key not in WRITES)
SINGLE = ("read", "patient-read", "practitioner-read", "organization-read", "location-read")
