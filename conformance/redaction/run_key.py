"""The key of a run's pseudonyms, kept beside the evidence as long as the run may go on: its later part needs the same.

Who has the key can find out by trying whom a pseudonym stands for. So only its owner may read the file, and it is deleted
when the run ends. A run that was killed leaves it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

FILE_NAME = "redaction.key"


def keep_key(folder: Path, key: bytes) -> None:
    """Keep the key of the run in a folder. Where that cannot be, a later part of the run will have other pseudonyms."""
    with suppress(OSError):
        handle = os.open(folder / FILE_NAME, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(key)


def kept_key(folder: Path) -> bytes | None:
    """Return the key of the run in a folder, None when there is none."""
    with suppress(OSError):
        return (folder / FILE_NAME).read_bytes() or None
    return None


def forget_key(folder: Path) -> None:
    """Delete the key of the run in a folder."""
    with suppress(OSError):
        (folder / FILE_NAME).unlink(missing_ok=True)
