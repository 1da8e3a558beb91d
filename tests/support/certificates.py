"""The test certificates, made once for all tests of a process."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from conformance.tls.folder import make_folder


@cache
def certificates() -> Path:
    """Return a folder with all test certificates; nobody may change it."""
    folder = Path(tempfile.mkdtemp(prefix="certificates-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    make_folder(folder)
    return folder
