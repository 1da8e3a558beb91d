"""Compressed bodies: work is bounded by members and chunks, however small they are."""

from __future__ import annotations

import gzip

import pytest

from conformance.consumer.content_decoding import decoded
from conformance.consumer.transport_failures import TooLargeError

LIMIT = 1_000_000


def test_a_few_members_are_read() -> None:
    assert decoded([gzip.compress(b"ab")] * 100, "gzip", LIMIT) == b"ab" * 100


def test_members_are_counted() -> None:
    with pytest.raises(TooLargeError, match="more than 100 members"):
        decoded([gzip.compress(b"") * 100_000], "gzip", 10 * LIMIT)


def test_chunks_are_counted() -> None:
    assert decoded([b"x"] * 200_000, "", LIMIT) == b"x" * 200_000
    with pytest.raises(TooLargeError, match="more than 200,000 chunks"):
        decoded([b"x"] * 200_002, "", LIMIT)
