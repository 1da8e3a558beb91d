"""What an endpoint is when it is not what was meant: in words, from what came back or from what kept it from coming."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from conformance.config.model import Config
from conformance.consumer.probes.plain_http import request_plainly
from conformance.consumer.probes.tls_probe import Outcome, Place, offer
from conformance.consumer.response import Response
from conformance.core.exchange import TransportFailure
from conformance.tls.suites import TLS12, suites_of

_REDIRECTION, _ERROR = 300, 400
_SUCCESS = range(200, 300)
_PATIENCE = 5.0  # seconds
_LOGIN = (b'type="password"', b"type='password'", b"login", b"log in", b"sign in", b"sign-in")
_HTTP_REQUEST = b"GET / HTTP/1.1\r\nHost: provider\r\nConnection: close\r\n\r\n"
_USUAL_SUITES = ("AESGCM+EECDH", "AESGCM+EDH", "AES256+EECDH", "AES256+EDH")


def in_words(response: Response) -> str:
    """Return what came in place of what was wanted: a web page, another FHIR server, JSON of another kind, or the status."""
    exchange = response.exchange
    if exchange.failure is not None:
        return response.described
    if _REDIRECTION <= (response.status or 0) < _ERROR:
        where = (exchange.header("Location") or "nowhere")[:200]
        return f"a redirection to {where} came ({response.described}), perhaps a login page or a gateway's"
    if exchange.media_type == "text/html" or (exchange.response_body.lstrip()[:1] == b"<" and not response.is_resource):
        return _page(response)
    if (response.status or 0) in _SUCCESS and response.resource.get("fhirVersion") is not None:
        return f"another FHIR server: {response.resource_type} of FHIR {response.resource['fhirVersion']}{_software(response)}"
    if (response.status or 0) in _SUCCESS and isinstance(response.value, dict | list) and not response.is_resource:
        return f"JSON that is no FHIR resource came ({response.described}), another service's perhaps"
    return response.described


def _page(response: Response) -> str:
    body = response.exchange.response_body
    title = page_title(body)
    named = f" with the title {title!r}" if title else ""
    guess = (
        "it is a login page" if any(mark in body.lower() for mark in _LOGIN) else "perhaps a gateway's or a login page"
    )
    return f"a web page{named} came ({response.described}): {guess}"


def page_title(body: bytes) -> str:
    """Return the title of a web page, "" where it has none of a usual length."""
    title = re.search(rb"<title[^<>]*>\s{0,200}([^<\s][^<]{0,79}?)\s{0,200}</title>", body, re.IGNORECASE | re.DOTALL)
    return title[1].decode("utf-8", "replace") if title else ""


def _software(response: Response) -> str:
    software = response.resource.get("software")
    name = software.get("name") if isinstance(software, dict) else None
    return f", software {name[:80]!r}" if isinstance(name, str) else ""


# Why no response came


def own_certificate_trouble(config: Config, now: datetime) -> str:
    """Return what is wrong with the dates of our own client certificate, "" when nothing is or there is none."""
    path = config.tls.certificate
    if path is None or not config.provider.root.startswith("https:"):
        return ""
    dates = validity(path, config.tls.key_password)
    if dates is None:
        return ""
    begins, ends = dates
    if ends < now:
        return f"your client certificate expired on {day(ends)} (tls.certificate: {path})"
    if begins > now:
        return f"your client certificate is not valid before {day(begins)} (tls.certificate: {path})"
    return ""


def validity(path: Path, password: str) -> tuple[datetime, datetime] | None:
    """Return when a client certificate begins and ends, None where it cannot be read."""
    from conformance.tls.client_files import CannotOpenError, certificate_in

    try:
        found = certificate_in(path, password)
    except (CannotOpenError, OSError, ValueError):
        return None
    return found.not_valid_before_utc, found.not_valid_after_utc


def day(moment: datetime) -> str:
    """Return a date as people write it: 3 May 2026."""
    return f"{moment.day} {moment:%B %Y}"


def connection_advice(failure: TransportFailure, config: Config, now: datetime) -> str:
    """Return what is likely the matter with a connection that failed, with the key; "" where nothing more is known.

    Where TLS failed, or none was spoken, the port is looked at once in the other way.
    """
    own = own_certificate_trouble(config, now)
    if own and failure.kind in ("tls", "eof", "reset"):
        return f"{own}: renew it."
    return next(_advice(failure, config), "")


def _advice(failure: TransportFailure, config: Config) -> Iterator[str]:
    said, secure = failure.message.lower(), config.provider.root.startswith("https:")
    if "local issuer" in said or "self-signed" in said or "self signed" in said:
        yield "Its authority is not among those of tls.ca: name the file with the authority that issued it there."
    if "hostname mismatch" in said or "ip address mismatch" in said:
        yield "Its certificate is of another host: check the host name in provider.base_url."
    if "certificate has expired" in said or "not yet valid" in said:
        yield "The dates of the provider's certificate are over or not yet begun: that is for the provider to renew."
    if failure.kind not in ("tls", "eof", "reset", "protocol", "timeout"):
        return
    if secure and _speaks_plain_http(config):
        yield "This port speaks plain HTTP, and provider.base_url begins with https:// - use http://, or the port for TLS."
    if not secure and _speaks_tls(config):
        yield "This port speaks TLS, and provider.base_url begins with http:// - use https:// and the section tls."
    if secure and config.tls.certificate is None:
        yield "No client certificate is configured: name one in tls.certificate, where the provider requires one."
    if secure and failure.kind in ("tls", "eof", "reset"):
        yield "Check tls.certificate and tls.key: the provider perhaps does not accept the client certificate."


def _place(config: Config) -> Place:
    return Place.of(config.provider.root, min(config.run.connect_timeout, _PATIENCE))


def _speaks_plain_http(config: Config) -> bool:
    """Whether HTTP in the clear has a response; servers of TLS, too, respond with a 400 that says so."""
    response = request_plainly(_place(config), _HTTP_REQUEST)
    return response.status is not None and not response.leads_to_tls and not _speaks_tls(config)


def _speaks_tls(config: Config) -> bool:
    return offer(_place(config), TLS12, suites_of(*_USUAL_SUITES)).outcome is Outcome.AGREED
