"""Compression of many small pieces that resemble each other: zlib with a preset dictionary made of the first of them.

The responses of a run repeat each other's codes, URLs and element names, but each is too short for a compressor to learn
them from it alone. With the first pieces of the run as a dictionary, which the file keeps, the bodies of a run need about a
quarter of the space, its headers a fifth. Standards: RFC 1950 (FDICT) and RFC 1951.
"""

from __future__ import annotations

import zlib

WHOLE = 32_768  # bytes: deflate looks back no further
_MOST_OF_ONE = 8_192  # bytes of one piece that the dictionary takes, so that it is not made of a single long one
_LEVEL = 9


class PackingDictionary:
    """Learns from the first pieces that it packs until it is whole; from then on what it packs needs it to be unpacked."""

    def __init__(self, whole: bytes = b"") -> None:
        self.whole = whole
        self._learnt = bytearray()

    def pack(self, data: bytes) -> bytes:
        """Return data compressed, with the dictionary where it is whole."""
        if not self.whole:
            return zlib.compress(data, _LEVEL)
        packer = zlib.compressobj(_LEVEL, zdict=self.whole)
        return packer.compress(data) + packer.flush()

    def learn(self, data: bytes) -> bool:
        """Take in a piece that was packed without the dictionary; True where that makes it whole."""
        if self.whole:
            return False
        self._learnt += data[:_MOST_OF_ONE]
        if len(self._learnt) < WHOLE:
            return False
        self.whole = bytes(self._learnt[-WHOLE:])
        self._learnt.clear()
        return True


def unpack(packed: bytes, dictionary: bytes = b"") -> bytes:
    """Return what was packed, with the dictionary it was packed with; zlib.error where it is damaged."""
    unpacker = zlib.decompressobj(zdict=dictionary) if dictionary else zlib.decompressobj()
    data = unpacker.decompress(packed) + unpacker.flush()
    if not unpacker.eof:
        raise zlib.error("the stream is cut short")
    return data
