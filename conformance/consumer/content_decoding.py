"""Takes in a response body bit by bit, undoes its compression, and stops at a size: what is sent may be a bomb."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable

from conformance.consumer.transport_failures import BadEncodingError, TooLargeError

_GZIP = 16 + zlib.MAX_WBITS
_MOST_PIECES = 200_000  # chunks in which a body may come
_MOST_MEMBERS = 100  # parts of a gzip stream: each costs time, however small


def decoded(chunks: Iterable[bytes], encoding: str, limit: int) -> bytes:
    """Return the body; `encoding` is the Content-Encoding, of which gzip, x-gzip, deflate and identity are undone.

    A body in any other encoding is returned as it came. Raises TooLargeError over `limit` bytes, counted before and
    after decompression, and BadEncodingError for a stream that is broken or cut short.
    """
    names = [name for name in (part.strip().lower() for part in encoding.split(",")) if name not in ("", "identity")]
    inflate = {"gzip": _gzip, "x-gzip": _gzip, "deflate": _deflate}.get(names[0]) if len(names) == 1 else None
    sent = _joined(chunks, limit)
    # HEAD, 204 and 304 may name an encoding and have no body to undo.
    return inflate(sent, limit) if inflate and sent else sent


def _joined(chunks: Iterable[bytes], limit: int) -> bytes:
    body = bytearray()
    for number, chunk in enumerate(chunks):
        body += chunk
        if number > _MOST_PIECES:
            raise TooLargeError(f"the response comes in more than {_MOST_PIECES:,} chunks")
        if len(body) > limit:
            raise TooLargeError(f"the response is larger than run.max_response_bytes ({limit:,} bytes)")
    return bytes(body)


def _gzip(data: bytes, limit: int) -> bytes:
    """Gzip may hold several members, one after the other (RFC 1952 section 2.2)."""
    out = bytearray()
    members = 0
    while data:
        members += 1
        if members > _MOST_MEMBERS:
            raise TooLargeError(f"the response's gzip stream has more than {_MOST_MEMBERS} members")
        member = zlib.decompressobj(_GZIP)
        out += _inflated(member.decompress, data, limit - len(out))
        if not member.eof:
            _refuse_unfinished(bool(member.unconsumed_tail), limit)
        data = member.unused_data
    return bytes(out)


def _deflate(data: bytes, limit: int) -> bytes:
    """Deflate is zlib by RFC 9110; some servers send it raw."""
    wrapped = data[0] & 0x0F == 8 and int.from_bytes(data[:2]) % 31 == 0
    stream = zlib.decompressobj(zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS)
    out = _inflated(stream.decompress, data, limit)
    if not stream.eof:
        _refuse_unfinished(bool(stream.unconsumed_tail), limit)
    return out


def _inflated(decompress: Callable[[bytes, int], bytes], data: bytes, room: int) -> bytes:
    try:
        out = decompress(data, room + 1)
    except zlib.error as error:
        raise BadEncodingError(f"the response's Content-Encoding is broken: {error}") from error
    if len(out) > room:
        _refuse_unfinished(True, room)
    return out


def _refuse_unfinished(more: bool, limit: int) -> None:
    if more:
        raise TooLargeError(
            f"the response is larger than run.max_response_bytes after decompression ({limit:,} bytes left)"
        )
    raise BadEncodingError("the response's compressed body is cut short")
