"""Data packed into a page, which its script unpacks: deflated, in base64."""

from __future__ import annotations

import base64
import zlib

from markupsafe import Markup

_LEVEL = 9  # of zlib


class Packer:
    """Deflates pieces as they come, so that the whole is never in memory."""

    def __init__(self) -> None:
        self._packer = zlib.compressobj(_LEVEL)
        self._pieces: list[bytes] = []

    def add(self, data: bytes) -> None:
        """Add a piece."""
        self._pieces.append(self._packer.compress(data))

    def text(self) -> Markup:
        """Return everything added, in base64, which holds no markup; nothing can be added any more."""
        packed = base64.b64encode(b"".join([*self._pieces, self._packer.flush()])).decode("ascii")
        return Markup(packed)  # noqa: S704 - letters, digits and + / =
