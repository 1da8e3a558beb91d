"""The key of a run's pseudonyms, shared by its parts: a run that goes on later, or several workers."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

FILE_NAME = "redaction.key"
_BYTES = 32


def run_key(folder: Path) -> bytes:
    """Return the key of the run in a folder, which is there; it is made when the run has none yet.

    Raises OSError when the file can be neither made nor read. Only its owner may read it: who has it can find out whom a
    pseudonym stands for, by trying.
    """
    path = folder / FILE_NAME
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(handle, "wb") as file:
        file.write(key := secrets.token_bytes(_BYTES))
    return key


def forget_run_key(folder: Path) -> None:
    """Delete the key of the run in a folder, once the run has ended: nobody needs it any more."""
    (folder / FILE_NAME).unlink(missing_ok=True)
