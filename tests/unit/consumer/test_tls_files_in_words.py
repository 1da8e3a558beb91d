"""What is said of a key pair that cannot be used, by what OpenSSL or the system says."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pytest

from conformance.consumer import tls_context
from conformance.core.errors import UsageError
from conformance.tls.client_files import CannotOpenError

FILE = Path("p.p12")


def tls_error(reason: str | None) -> ssl.SSLError:
    error = ssl.SSLError(1, "the text of it")
    error.reason = reason  # type: ignore[assignment]
    return error


@pytest.mark.parametrize(
    ("error", "said", "fix"),
    [
        (CannotOpenError("the password is wrong"), "the password is wrong", "Set tls.key_password to its password."),
        (CannotOpenError("it holds no key"), "it holds no key", ""),
        (tls_error("NO_START_LINE"), "NO_START_LINE", ""),
        (OSError(2, "No such file or directory"), "No such file or directory", ""),
        (OSError("odd"), "odd", ""),
    ],
)
def test_a_pkcs12_file_that_cannot_be_used(
    monkeypatch: pytest.MonkeyPatch, error: Exception, said: str, fix: str
) -> None:
    def broken(*_: Any) -> Any:
        raise error

    monkeypatch.setattr(tls_context, "as_pem", broken)
    with pytest.raises(UsageError) as stop:
        tls_context._load_pkcs12(ssl.create_default_context(), FILE, "")
    assert (stop.value.message, stop.value.fix) == (f"tls.certificate cannot be used: p.p12: {said}", fix)


@pytest.mark.parametrize(
    ("reason", "encrypted", "has_password", "said"),
    [
        ("X", True, False, "tls.key is encrypted and no password is given: k"),
        ("X", True, True, "tls.key_password does not open tls.key: k"),
        ("KEY_VALUES_MISMATCH", False, False, "tls.key k does not belong to tls.certificate c"),
        ("X", False, True, "tls.certificate and tls.key cannot be used: c, k: X"),
        (None, False, False, "tls.certificate and tls.key cannot be used: c, k: ('the text of it',)"),
    ],
)
def test_why_a_pair_cannot_be_used(reason: str | None, encrypted: bool, has_password: bool, said: str) -> None:
    error = tls_error(reason)
    found = tls_context._explained(error, Path("c"), Path("k"), encrypted=encrypted, has_password=has_password)
    assert found.message == said.replace("('the text of it',)", str(error))
    assert found.fix == ("Set tls.key_password." if encrypted and not has_password else "")
