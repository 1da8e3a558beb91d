"""A download that breaks off goes on where it broke, where the server can tell that the file is still the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from conformance.fhir.errors import DefinitionError
from conformance.fhir.packages.registry import Registry
from tests.unit.fhir.test_registry import BASE, DATA, listing


class Breaks(httpx.SyncByteStream):
    """Half of the package, and then the end of the connection."""

    def __iter__(self) -> Iterator[bytes]:
        yield DATA[: len(DATA) // 2]
        raise httpx.ReadError("the connection is gone")


class Server:
    """Breaks off the first `breaking` downloads. `ranges`: the rest is sent where it is asked for, else the whole again."""

    def __init__(self, etag: str | None, *, ranges: bool, breaking: int = 1) -> None:
        self.etag, self.ranges, self.breaking = etag, ranges, breaking
        self.asked: list[str | None] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/base/demo.core":
            return httpx.Response(200, json=listing())
        wanted = request.headers.get("Range")
        self.asked.append(wanted)
        headers = {"ETag": self.etag} if self.etag else {}
        if len(self.asked) <= self.breaking:
            return httpx.Response(200, headers=headers, stream=Breaks())
        if wanted and self.ranges:
            assert request.headers["If-Range"] == self.etag
            return httpx.Response(206, headers=headers, content=DATA[int(wanted.removeprefix("bytes=")[:-1]) :])
        return httpx.Response(200, headers=headers, content=DATA)


def registry(tmp_path: Path, server: Server, **options: Any) -> Registry:
    return Registry(BASE, tmp_path, client=httpx.Client(transport=httpx.MockTransport(server)), **options)


HALF = f"bytes={len(DATA) // 2}-"


@pytest.mark.parametrize(
    ("etag", "ranges", "asked"),
    [
        ('"one"', True, [None, HALF]),
        ('"one"', False, [None, HALF]),  # the whole comes again, in place of what there was
        ('W/"one"', True, [None, None]),  # weak: the bytes may be others
        (None, True, [None, None]),
    ],
)
def test_a_download_that_broke_off_goes_on(
    tmp_path: Path, etag: str | None, ranges: bool, asked: list[str | None]
) -> None:
    server = Server(etag, ranges=ranges)
    fetched = registry(tmp_path, server).package("demo.core", None)
    assert server.asked == asked
    assert fetched.path.read_bytes() == DATA


def test_what_has_come_is_kept_for_the_next_call(tmp_path: Path) -> None:
    server = Server('"one"', ranges=True, breaking=100)
    with pytest.raises(DefinitionError, match=rf"broke off .*; {len(DATA) // 2:,} bytes are kept, call again to go on"):
        registry(tmp_path, server).package("demo.core", None)
    again = Server('"one"', ranges=True, breaking=0)
    assert registry(tmp_path, again).package("demo.core", None).path.read_bytes() == DATA
    assert again.asked == [HALF]
