"""Compression of many small pieces that resemble each other: zlib with a preset dictionary made of earlier ones.

The responses of a run repeat each other's codes, URLs and element names, but each is too short for a compressor to learn
them from it alone. With the first pieces of each kind as a dictionary, which the file keeps, the bodies of a run need about a
third of the space, its headers a fifth. Standards: RFC 1950 (FDICT) and RFC 1951.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable

WHOLE = 32_768  # bytes: deflate looks back no further
_MOST_OF_ONE = 4_096  # bytes of one piece that the dictionary takes, so that there is room for pieces of other kinds
_NEW, _SHARE = 100, 0.12  # bytes, and share of a piece's beginning, from which on it is worth learning
_LEVEL = 9


class PackingDictionary:
    """A dictionary that grows by the pieces that it packs badly until it is whole. Its versions count from 1; 0 is none."""

    def __init__(self, learnt: Iterable[bytes] = ()) -> None:
        self._versions = [b""]
        for piece in learnt:
            self._grow(piece)

    def pack(self, data: bytes) -> tuple[int, bytes, bytes]:
        """Return the version of the dictionary, data compressed with it, and the piece that makes its next version (or b"")."""
        version = len(self._versions) - 1
        dictionary = self._versions[version]
        packer = zlib.compressobj(_LEVEL, zdict=dictionary) if dictionary else zlib.compressobj(_LEVEL)
        packed = packer.compress(data) + packer.flush()
        piece = data[:_MOST_OF_ONE]
        if len(dictionary) >= WHOLE or len(packed) <= max(_NEW, len(piece) * _SHARE):
            return version, packed, b""
        self._grow(piece)
        return version, packed, piece

    def unpack(self, version: int, packed: bytes) -> bytes:
        """Return what was packed with a version of the dictionary; zlib.error where it is damaged."""
        if not 0 <= version < len(self._versions):
            raise zlib.error("its dictionary is missing")
        dictionary = self._versions[version]
        unpacker = zlib.decompressobj(zdict=dictionary) if dictionary else zlib.decompressobj()
        data = unpacker.decompress(packed) + unpacker.flush()
        if not unpacker.eof:
            raise zlib.error("the stream is cut short")
        return data

    def _grow(self, piece: bytes) -> None:
        self._versions.append((self._versions[-1] + piece)[-WHOLE:])
