from __future__ import annotations

from pathlib import Path

import pytest

from conformance.cli import main
from conformance.tls.folder import NEGATIVE, certificate_path, check_folder


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


def test_certificates_are_made_and_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "certs"
    assert run("certs", "make", str(folder)) == 0
    check_folder(folder)
    assert all(certificate_path(folder, name).is_file() for name in NEGATIVE)
    said = capsys.readouterr().out
    assert f"provider --tls {folder}" in said
    assert "config-tls.yaml" in said
    before = (folder / "ca.pem").read_bytes()
    assert run("certs", "make", str(folder)) == 2
    assert "holds certificates already" in capsys.readouterr().err
    assert (folder / "ca.pem").read_bytes() == before
    assert run("certs", "make", "--force", str(folder)) == 0
    assert (folder / "ca.pem").read_bytes() != before


def test_a_provider_without_certificates_does_not_start(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("provider", "--tls", str(tmp_path), "--port", "0") == 2
    assert "certs make" in capsys.readouterr().err
