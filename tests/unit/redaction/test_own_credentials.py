"""What stands in place of a credential: of our own, the claims are kept, of another's nothing but that there was one."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest

from conformance.redaction.redactor import Redactor
from tests.support.samples import exchange

REDACTOR = Redactor(key=b"k" * 32)
CLAIMS = {"iss": "https://consumer.example", "requested_scope": "patient/*.read"}


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


UNSECURED = f"{part({'alg': 'none'})}.{part(CLAIMS)}."
SIGNED = f"{part({'alg': 'HS256'})}.{part(CLAIMS)}.c2lnbmF0dXJlLXRoYXQtaXMtc2VjcmV0"


@pytest.mark.parametrize(
    ("value", "own", "kept", "masked"),
    [
        (UNSECURED, True, part(CLAIMS), False),
        (UNSECURED, False, part(CLAIMS), False),
        (SIGNED, True, part(CLAIMS), True),
        (SIGNED, False, None, True),
        (json.dumps(CLAIMS), True, "requested_scope", False),
        (json.dumps(CLAIMS), False, None, True),
        ("opaque-secret-value", True, None, True),
        ("opaque-secret-value", False, None, True),
    ],
)
def test_what_is_kept_of_a_credential(value: str, own: bool, kept: str | None, masked: bool) -> None:
    found = REDACTOR._credential(value, own)
    assert (kept in found) if kept else (value not in found)
    assert (found != value) is masked
    assert "c2lnbmF0dXJl" not in found


def test_nothing_is_made_of_nothing() -> None:
    assert (REDACTOR._credential("", True), REDACTOR._credential("  ", False)) == ("", "  ")


@pytest.mark.parametrize(
    ("header", "value", "noted"),
    [
        ("Authorization", "Bearer opaque-secret-value", "opaque-secret-value"),
        ("Authorization", "opaque-secret-value", "opaque-secret-value"),
        ("X-Api-Key", "opaque-secret-value", "opaque-secret-value"),
        ("Accept", "opaque-secret-value", None),
        ("Authorization", "Bearer abc", None),
    ],
)
def test_credentials_of_a_request_are_known_wherever_they_come_back(header: str, value: str, noted: str | None) -> None:
    sent = replace(exchange(1), request_headers=((header, value),))
    found = REDACTOR._credentials(sent)
    assert list(found) == ([noted] if noted else [])
    assert all("opaque" not in mask for mask in found.values())
    assert Redactor(enabled=False)._credentials(sent) == {}
