"""Credentials, by what they are called and by what they look like: in headers, cookies, queries and texts."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator

from conformance.redaction.encodings import Change
from conformance.redaction.pseudonyms import is_mask

Mask = Callable[[str, str], str]  # (kind, value) → what stands in its place

TOKEN = re.compile(r"eyJ[A-Za-z0-9_=+/-]{8,}+(?:\.[A-Za-z0-9_=+/-]*+){0,2}")
_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|\Z)", re.DOTALL
)
_PASSWORD = re.compile(r"(://[^/\s:@?#\"'<>]{0,200}:)([^/\s@?#\"'<>]{1,200})(?=@)")
_PARAMETER = re.compile(r"(?:^|[?&;])(?P<name>[\w.%\[\]-]{1,60})=(?P<value>[^?&#;\s\"'<>]++)")
_SECRET_NAME = re.compile(
    r"auth(?!ors?\b|ority)|cookie|token|secret|passw|pwd|credential|session|signature|assertion|jwt|(?:^|[_.-])(?:sig|key|sid|otp)$|apikey",
    re.IGNORECASE,
)
_OPEN_HEADERS = frozenset(  # whose values the specification gives, or that are judged
    "accept accept-charset accept-encoding accept-language accept-ranges access-control-allow-headers age allow cache-control "  # noqa: SIM905
    "connection content-disposition content-encoding content-language content-length content-location content-type date etag "
    "expires host if-match if-modified-since if-none-match keep-alive last-modified location pragma prefer proxy-authenticate "
    "retry-after server ssp-from ssp-interactionid ssp-to ssp-traceid strict-transport-security trailer transfer-encoding "
    "upgrade user-agent vary via warning www-authenticate x-content-type-options x-frame-options".split()
)
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9-]{1,20})( +)(?=\S)")
_BARE_SCHEMES = frozenset({"bearer", "basic", "digest", "negotiate"})
_COOKIE_ATTRIBUTES = frozenset({"path", "domain", "expires", "max-age", "samesite", "version"})
_COOKIE = re.compile(r"(?P<name>[^=;\s]{1,200})=(?P<value>[^;]*+)")
_OPAQUE = re.compile(r"[A-Za-z0-9_+/.~-]{20,}+={0,2}")
_MIXED = re.compile(r"[A-Za-z0-9]{16,}+")
SHORTEST_CREDENTIAL = 12  # one that is shorter may be a word of any text


def is_secret_name(name: str) -> bool:
    """Say whether a header or a parameter is called as one that holds a credential."""
    return name.lower() not in _OPEN_HEADERS and _SECRET_NAME.search(name) is not None


def is_open_header(name: str) -> bool:
    """Say whether a header's values are given by the specification, whatever they look like."""
    return name.lower() in _OPEN_HEADERS


def looks_opaque(value: str) -> bool:
    """Say whether a text looks like a token: long, letters and digits mixed, and no UUID, name or address."""
    if not _OPAQUE.fullmatch(value):
        return False
    return any(not part.isdigit() and not part.isalpha() for part in _MIXED.findall(value))


def opaque_parts(value: str, mask: Mask) -> Iterator[Change]:
    """Yield masks for what looks like a token in a header's value."""
    for match in _OPAQUE.finditer(value):
        if looks_opaque(match[0]) and not TOKEN.match(match[0]):
            yield Change(*match.span(), mask("token", match[0]))


def changes(text: str, mask: Mask) -> Iterator[Change]:
    """Yield masks for private keys, tokens, passwords in URLs, and parameters of queries that are or look secret."""
    if "PRIVATE KEY" in text:
        for match in _PRIVATE_KEY.finditer(text):
            yield Change(*match.span(), mask("key", match[0]))
    if "eyJ" in text:
        for match in TOKEN.finditer(text):
            yield from _token_changes(match, mask)
    if "://" in text and "@" in text:
        for match in _PASSWORD.finditer(text):
            yield from _unless_masked(match, 2, "password", mask)
    if "=" in text:
        for match in _PARAMETER.finditer(text):
            secret = is_secret_name(match["name"]) or looks_opaque(match["value"])
            if secret and not TOKEN.match(match["value"]):
                yield from _unless_masked(match, "value", "token", mask)


def _unless_masked(match: re.Match[str], group: int | str, kind: str, mask: Mask) -> Iterator[Change]:
    if not is_mask(match[group]):
        yield Change(*match.span(group), mask(kind, match[group]))


def _token_changes(match: re.Match[str], mask: Mask) -> Iterator[Change]:
    """Nothing of an unsecured token but its signature: what it claims is read, and pseudonymised, as any base64."""
    token = match[0]
    if not is_unsecured(token):
        yield Change(*match.span(), mask("token", token))
    elif signature := signature_of(token):
        yield Change(match.end() - len(signature), match.end(), mask("token", signature))


def is_unsecured(token: str) -> bool:
    """Say whether a JWT says of itself that nobody signed it (RFC 7519 section 6): it is no credential then."""
    header = token.partition(".")[0].rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        read = json.loads(base64.b64decode(header + "=" * (-len(header) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return False
    return isinstance(read, dict) and str(read.get("alg", "")).lower() == "none"


def signature_of(token: str) -> str:
    """Return the third part of a JWT, "" when there is none."""
    return [*token.split(".", 2), "", ""][2]


def split_scheme(name: str, value: str) -> tuple[str, str]:
    """Return the scheme of a header's credential, with the blank behind it, and the credential."""
    if value.strip().lower() in _BARE_SCHEMES:
        return value, ""
    match = _SCHEME.match(value) if "auth" in name.lower() else None
    return (match[0], value[match.end() :]) if match else ("", value)


def cookie_changes(value: str, mask: Mask) -> Iterator[Change]:
    """Yield masks for the values of cookies, not for their names and attributes."""
    for match in _COOKIE.finditer(value):
        shown = match["value"].rstrip()
        if shown and match["name"].lower() not in _COOKIE_ATTRIBUTES and not is_mask(shown):
            yield Change(match.start("value"), match.start("value") + len(shown), mask("token", shown))
