"""A provider in a process of its own."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from conformance.core.errors import UsageError
from conformance.provider.server_process import Apart
from conformance.spec import editions


@pytest.mark.parametrize("edition", editions())
def test_it_serves_until_it_is_closed(edition: str) -> None:
    with Apart(edition) as provider:
        url = f"{provider.address.base_url}/metadata"
        assert httpx.get(url).status_code in (200, 400)
        assert provider.address.plain_port == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_what_keeps_it_from_serving_is_told_here(tmp_path: Path) -> None:
    with Apart("stu3", tls=tmp_path) as provider, pytest.raises(UsageError, match=str(tmp_path)) as told:
        assert provider.address
    assert told.value.fix
