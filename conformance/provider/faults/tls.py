"""Faults of TLS: certificates, versions, ciphers, plain HTTP. They show where the provider serves --tls."""

from __future__ import annotations

from collections.abc import Callable, Collection

from conformance.provider.fault_points import Effect
from conformance.provider.faults.effects import drop_header, setting, skip
from conformance.provider.faults.fault import DSTU2, STU3, Fault
from conformance.provider.tls_handshake import Raw
from conformance.tls.hello import Offer, server_hello, ssl2_server_hello
from conformance.tls.suites import SSL2, SSL3, TLS10, TLS11, TLS12, TLS13, suites_of

_STATEMENT = b'{"resourceType": "CapabilityStatement", "status": "active"}'
_PLAIN = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nConnection: close\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(_STATEMENT), _STATEMENT)
)


def _by_hand(response: Raw) -> Effect:
    """Respond to ClientHellos with raw bytes."""
    return setting("tls.raw", lambda: response)


def _agrees(version: int, suites: Collection[int] = ()) -> Effect:
    """Agree to a version, or at TLS 1.2 to suites, that OpenSSL no longer supports."""

    def respond(offer: Offer | None) -> bytes | None:
        if offer is None or offer.version != version:
            return None
        chosen = next((suite for suite in offer.suites if not suites or suite in suites), None)
        return None if chosen is None else server_hello(version, chosen)

    return _by_hand(respond)


def _ssl2(offer: Offer | None) -> bytes | None:
    return ssl2_server_hello() if offer and offer.version == SSL2 else None


def _plain(offer: Offer | None) -> bytes | None:
    return _PLAIN if offer is None else None


def _silent(when: Callable[[Offer], bool]) -> Effect:
    """Never response such hellos."""
    return _by_hand(lambda offer: b"" if offer and when(offer) else None)


def _also(more: str) -> Effect:
    """Also agree to what an OpenSSL cipher list names, at the lowest security level."""
    return setting("tls.ciphers", f"AESGCM+EECDH:AESGCM+EDH:AES256+EECDH:AES256+EDH:{more}:@SECLEVEL=0")


def _just(ciphers: str) -> Effect:
    return setting("tls.ciphers", ciphers)


FAULTS = (
    Fault("tls.accepts-no-certificate", "does not need a client certificate", skip("tls.certificate")),
    Fault(
        "tls.open-metadata", "shows the statement without a client certificate", skip("tls.certificate-for-metadata")
    ),
    Fault("tls.accepts-self-signed", "trusts a certificate that no authority issued", skip("tls.not-self-signed")),
    Fault("tls.accepts-other-authority", "trusts another authority as well", skip("tls.authority")),
    Fault("tls.accepts-expired", "does not mind that a certificate has expired", skip("tls.not-expired")),
    Fault("tls.accepts-not-yet-valid", "does not mind that a certificate is not yet valid", skip("tls.not-before")),
    Fault("tls.accepts-revoked", "does not look at the list of revoked certificates", skip("tls.not-revoked")),
    Fault("tls.accepts-wrong-name", "takes any host's certificate for the proxy's", skip("tls.name")),
    Fault("tls.accepts-wrong-usage", "does not look at what a certificate may be used for", skip("tls.usage")),
    Fault("tls.no-tls12", "speaks TLS 1.3 only", setting("tls.minimum", "TLSv1_3")),
    Fault(
        "tls.speaks-tls10",
        "speaks TLS 1.0 as well",
        _by_hand(lambda offer: server_hello(TLS10, offer.suites[0]) if offer and offer.version == TLS10 else None),
        STU3,
    ),
    Fault("tls.speaks-tls11", "speaks TLS 1.1 as well", _agrees(TLS11), STU3),
    Fault(
        "tls.speaks-old-versions",
        "speaks TLS 1.0 and 1.1 as OpenSSL does when it is let",
        (setting("tls.minimum", "MINIMUM_SUPPORTED"), _also("AES128-SHA")),
        STU3,
    ),
    Fault("tls.speaks-ssl3", "speaks SSLv3 as well", _agrees(SSL3)),
    Fault("tls.speaks-ssl2", "speaks SSLv2 as well", _by_hand(_ssl2)),
    Fault(
        "tls.stalls-on-old-versions",
        "never responds to a ClientHello that offers TLS 1.1 or less",
        _silent(lambda offer: offer.version in (TLS10, TLS11)),
        DSTU2,
    ),
    Fault(
        "tls.stalls-on-tls13",
        "never responds to a ClientHello that also offers TLS 1.3",
        _silent(lambda offer: TLS13 in offer.versions),
    ),
    Fault(
        "tls.no-ecdhe-gcm", "has no cipher of AESGCM+EECDH", _just("AESGCM+EDH:AES256+EECDH:AES256+EDH:!ECDHE+AESGCM")
    ),
    Fault("tls.no-dhe-gcm", "has no cipher of AESGCM+EDH", _just("AESGCM+EECDH:AES256+EECDH:AES256+EDH:!DHE+AESGCM")),
    Fault("tls.no-ecdhe-aes256", "has no cipher of AES256+EECDH beyond AES-GCM", _just("AESGCM+EECDH:DHE+AES")),
    Fault("tls.no-dhe-aes256", "has no cipher of AES256+EDH beyond AES-GCM", _just("AESGCM:AES256+EECDH:!kRSA")),
    Fault("tls.other-preference", "prefers other ciphers", _just("AES256+EDH:AES256+EECDH:AESGCM+EDH:AESGCM+EECDH")),
    Fault("tls.null-ciphers", "agrees not to encrypt", _also("eNULL")),
    Fault("tls.anonymous-ciphers", "agrees to ciphers without a server certificate", _also("ADH:AECDH")),
    Fault("tls.export-ciphers", "agrees to export ciphers", _agrees(TLS12, suites_of("EXPORT"))),
    Fault("tls.des-ciphers", "agrees to DES", _agrees(TLS12, suites_of("DES"))),
    Fault("tls.rc4-ciphers", "agrees to RC4", _agrees(TLS12, suites_of("RC4"))),
    Fault("tls.3des-ciphers", "agrees to 3DES", _agrees(TLS12, suites_of("3DES"))),
    Fault("tls.rsa-ciphers", "agrees to keys exchanged with RSA", _also("AES128-GCM-SHA256:AES128-SHA256")),
    Fault("tls.aes128-cbc-ciphers", "agrees to AES with 128 bits in CBC mode", _also("ECDHE-RSA-AES128-SHA256")),
    Fault("tls.aes-sha-ciphers", "agrees to AES256+SHA and AES128+SHA", _also("AES256-SHA:AES128-SHA"), STU3),
    Fault("tls.camellia-ciphers", "agrees to Camellia", _also("ECDHE-RSA-CAMELLIA256-SHA384:CAMELLIA128-SHA")),
    Fault("tls.chacha20-ciphers", "agrees to ChaCha20 at TLS 1.2", _also("ECDHE-RSA-CHACHA20-POLY1305")),
    Fault("tls.old-ciphers", "agrees to SEED and IDEA", _agrees(TLS12, suites_of("SEED and IDEA"))),
    Fault("tls.server-expired", "presents a certificate that has expired", setting("tls.server", "server-expired")),
    Fault("tls.server-other-name", "presents another host's certificate", setting("tls.server", "server-other-name")),
    Fault(
        "tls.server-other-authority",
        "presents a certificate of an authority that is not trusted",
        setting("tls.server", "server-other-authority"),
    ),
    Fault(
        "tls.server-weak-key",
        "presents a certificate with a short key",
        (setting("tls.server", "server-weak-key"), _also("AESGCM+EECDH")),
    ),
    Fault(
        "tls.server-sha1",
        "presents a certificate signed with SHA-1",
        (setting("tls.server", "server-sha1"), _also("AESGCM+EECDH")),
    ),
    Fault("tls.answers-plain-http", "serves plain HTTP on the TLS port", _by_hand(_plain)),
    Fault("tls.plain-port", "serves plain HTTP on another port", setting("tls.plain-port", True)),
    Fault("tls.no-hsts", "does not send Strict-Transport-Security", drop_header("Strict-Transport-Security")),
)
