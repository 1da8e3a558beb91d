"""Bodies in each Content-Encoding are undone, in every form in which servers send it."""

from __future__ import annotations

import gzip
import zlib

import pytest

from conformance.consumer.content_decoding import decoded
from conformance.consumer.transport_failures import BadEncodingError, TooLargeError

BODY = b'{"resourceType": "Patient"}' * 40


def raw(data: bytes, level: int = 6) -> bytes:
    """Deflate without the frame of zlib."""
    packer = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "GZIP", " gzip ", "identity, gzip"])
def test_gzip_by_each_of_its_names(encoding: str) -> None:
    assert decoded([gzip.compress(BODY)], encoding, 10_000) == BODY


@pytest.mark.parametrize("level", [0, 1, 6, 9])
def test_deflate_with_and_without_its_frame(level: int) -> None:
    assert decoded([zlib.compress(BODY, level)], "deflate", 10_000) == BODY
    assert decoded([raw(BODY, level)], "deflate", 10_000) == BODY


def test_a_raw_stream_that_nearly_looks_framed_is_read_as_raw() -> None:
    said = b"one stored block of 21"[:21]
    stream = b"\x09" + (21).to_bytes(2, "little") + (21 ^ 0xFFFF).to_bytes(2, "little") + said
    assert int.from_bytes(stream[:2]) % 31 == 0  # as the first bytes of zlib's frame; only the method is another
    assert decoded([stream], "deflate", 10_000) == said


@pytest.mark.parametrize("encoding", ["", "identity", "br", "gzip, gzip", "deflate, gzip"])
def test_what_cannot_be_undone_comes_as_it_is(encoding: str) -> None:
    assert decoded([BODY[:10], BODY[10:]], encoding, 10_000) == BODY


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_an_empty_body_has_nothing_to_be_undone(encoding: str) -> None:
    assert decoded([], encoding, 10_000) == b""


@pytest.mark.parametrize(
    ("encoding", "data"),
    [("gzip", gzip.compress(BODY)), ("deflate", zlib.compress(BODY)), ("deflate", raw(BODY))],
    ids=["gzip", "deflate", "raw"],  # what is packed holds the time, and ids must not
)
def test_the_limit_counts_what_is_unpacked(encoding: str, data: bytes) -> None:
    assert decoded([data], encoding, len(BODY)) == BODY
    with pytest.raises(TooLargeError, match="after decompression"):
        decoded([data], encoding, len(BODY) - 1)
    with pytest.raises(TooLargeError, match="larger than run"):
        decoded([data], encoding, len(data) - 1)
    with pytest.raises(BadEncodingError, match="cut short"):
        decoded([data[:-9]], encoding, 10_000)
    with pytest.raises(BadEncodingError, match="broken"):
        decoded([b"\xff" + data], encoding, 10_000)
