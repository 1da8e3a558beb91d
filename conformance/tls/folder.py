"""The folder of test certificates: which files lie in it, making them all, and how a configuration names them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.core.errors import UsageError

if TYPE_CHECKING:
    from conformance.tls.certificates import Issued

# The name in the client certificate that the bundled provider takes for the Spine proxy's.
PROXY_NAME = "proxy.spine.example.org"
CA, OTHER_CA, CRL, DH = "ca", "other-ca", "ca.crl", "dh.pem"
SERVER, CLIENT = "server", "client"
# Client certificates that must be refused, with what is wrong with each. The keys are those of tls.negative.
NEGATIVE = {
    "self_signed": "signed by itself, by no authority",
    "other_authority": "issued by an authority that is not trusted, with the right name",
    "expired": "its time was over yesterday",
    "not_yet_valid": "its time begins tomorrow",
    "revoked": "named by the list of revoked certificates",
    "wrong_name": "issued for another host",
    "wrong_usage": "may be used for mail and not for clients",
}
# Server certificates that a consumer must not accept: the bundled provider presents them by its faults.
BAD_SERVERS = {
    "server-expired": "its time was over yesterday",
    "server-other-name": "issued for another host",
    "server-other-authority": "issued by an authority that is not trusted",
    "server-weak-key": "has an RSA key of 1024 bits",
    "server-sha1": "signed with SHA-1",
}
_README = """# Test certificates

Made by `gpconnect-assure certs make`. For tests only: the keys of the authorities lie beside them.

| File | What it is |
|---|---|
{rows}

The client certificate `client.pem` names `{proxy}`, which the bundled provider takes for the Spine proxy.
Each certificate has its key in the file of the same name that ends in `.key`; the keys are not encrypted.

Serve the bundled provider with them: `gpconnect-assure provider --tls {folder}`. In the configuration of a run:

```yaml
{snippet}
```

For your own system: let it trust `ca.pem` for clients, take `{proxy}` for the proxy's name, and load `ca.crl`.
"""


def certificate_path(folder: Path, name: str) -> Path:
    """Return where a certificate of the folder lies; `name` as in the constants above."""
    return folder / f"{name.replace('_', '-')}.pem"


def key_path(folder: Path, name: str) -> Path:
    """Return where its key lies."""
    return folder / f"{name.replace('_', '-')}.key"


def make_folder(folder: Path, *, force: bool = False) -> list[Path]:
    """Make all certificates, keys, the CRL, a README and a piece of configuration; return the paths.

    UsageError when the folder cannot be written, or holds certificates already and `force` is not set.
    """
    if certificate_path(folder, CA).exists() and not force:
        raise UsageError(
            f"{folder} holds certificates already", fix="Choose another folder, or --force to make them anew."
        )
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in _files(folder):
            written.append(_write(folder / name, data))
    except OSError as error:
        raise UsageError(f"the certificates cannot be written to {folder}: {error.strerror or error}") from error
    return written


def check_folder(folder: Path) -> None:
    """UsageError, with how to fix it, unless a folder holds what the bundled provider needs to serve TLS."""
    needed = (certificate_path(folder, CA), certificate_path(folder, SERVER), key_path(folder, SERVER), folder / CRL)
    missing = [path.name for path in needed if not path.is_file()]
    if missing:
        raise UsageError(
            f"{folder} holds no {', '.join(missing)}", fix=f"Make them: gpconnect-assure certs make {folder}"
        )


def overrides(folder: Path) -> dict[str, str]:
    """Return the configuration's keys for a folder, as dotted paths with YAML texts (load_config's `overrides`)."""
    found = {
        "tls.ca": certificate_path(folder, CA),
        "tls.certificate": certificate_path(folder, CLIENT),
        "tls.key": key_path(folder, CLIENT),
    }
    for name in NEGATIVE:
        found[f"tls.negative.{name}.certificate"] = certificate_path(folder, name)
        found[f"tls.negative.{name}.key"] = key_path(folder, name)
    return {key: json.dumps(str(path.absolute())) for key, path in found.items()}


def _write(path: Path, data: bytes) -> Path:
    path.unlink(missing_ok=True)
    mode = 0o600 if path.suffix == ".key" else 0o644
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(data)
    return path


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    from conformance.tls.certificates import DH_PARAMETERS, revocation_list

    made = dict(_certificates())
    for name, issued in made.items():
        # What its authority signed comes with no chain: the authority is a root.
        yield certificate_path(folder, name).name, issued.pem
        yield key_path(folder, name).name, issued.key_pem()
    yield CRL, revocation_list(made[CA], [made["revoked"]])
    yield DH, DH_PARAMETERS.encode()
    snippet = _snippet(folder)
    yield "config-tls.yaml", f"{snippet}\n".encode()
    yield "README.md", _readme(folder, snippet).encode()


def _certificates() -> Iterator[tuple[str, Issued]]:
    from conformance.tls.certificates import Wish, issue, new_authority, signed_with_sha1

    authority, other = new_authority("Test CA"), new_authority("Other test CA")
    here = ("localhost", "127.0.0.1")
    server, client = Wish(here, "server"), Wish((PROXY_NAME,))
    yield CA, authority
    yield OTHER_CA, other
    yield SERVER, issue(server, authority)
    yield CLIENT, issue(client, authority)
    yield "self_signed", issue(client, None)
    yield "other_authority", issue(client, other)
    yield "expired", issue(replace(client, days=(-30, -1)), authority)
    yield "not_yet_valid", issue(replace(client, days=(1, 30)), authority)
    yield "revoked", issue(client, authority)
    yield "wrong_name", issue(Wish(("consumer.example.org",)), authority)
    yield "wrong_usage", issue(replace(client, usage="mail"), authority)
    yield "server-expired", issue(replace(server, days=(-30, -1)), authority)
    yield "server-other-name", issue(Wish(("elsewhere.example.org",), "server"), authority)
    yield "server-other-authority", issue(server, other)
    yield "server-weak-key", issue(replace(server, bits=1024), authority)
    yield "server-sha1", signed_with_sha1(issue(server, authority), authority)


def _snippet(folder: Path) -> str:
    where = folder.absolute()
    rows = [
        "tls:",
        f"  ca: {json.dumps(str(certificate_path(where, CA)))}",
        f"  certificate: {json.dumps(str(certificate_path(where, CLIENT)))}",
        f"  key: {json.dumps(str(key_path(where, CLIENT)))}",
        "  negative:",
    ]
    for name in NEGATIVE:
        certificate, key = certificate_path(where, name), key_path(where, name)
        rows.append(f"    {name}: {{certificate: {json.dumps(str(certificate))}, key: {json.dumps(str(key))}}}")
    return "\n".join(rows)


def _readme(folder: Path, snippet: str) -> str:
    files = {
        f"{CA}.pem": "the authority that client and server trust",
        f"{OTHER_CA}.pem": "an authority that nobody trusts",
        CRL: "the authority's list of revoked certificates",
        f"{SERVER}.pem": "certificate of the bundled provider: localhost, 127.0.0.1",
        f"{CLIENT}.pem": "client certificate that is in order",
        **{certificate_path(folder, name).name: f"client certificate {about}" for name, about in NEGATIVE.items()},
        **{certificate_path(folder, name).name: f"server certificate: {about}" for name, about in BAD_SERVERS.items()},
        DH: "Diffie-Hellman parameters (RFC 7919, ffdhe2048)",
        "config-tls.yaml": "the section tls for a run against the bundled provider",
    }
    rows = "\n".join(f"| `{name}` | {about} |" for name, about in files.items())
    return _README.format(rows=rows, proxy=PROXY_NAME, folder=folder, snippet=snippet)
