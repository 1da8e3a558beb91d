"""Hello messages, against OpenSSL on both sides, and against bytes that are none."""

from __future__ import annotations

import ssl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.tls.hello import (
    CERTIFICATE,
    CERTIFICATE_REQUEST,
    HANDSHAKE_FAILURE,
    SERVER_DONE,
    SERVER_HELLO,
    Message,
    NotTlsError,
    Offer,
    alert,
    client_hello,
    is_ssl2_server_hello,
    read_certificates,
    read_client_hello,
    read_messages,
    read_server_hello,
    record,
    server_hello,
    ssl2_server_hello,
)
from conformance.tls.suites import (
    FAMILIES,
    NAMES,
    SSL2,
    SSL3,
    TLS10,
    TLS11,
    TLS12,
    TLS13,
    family_of,
    suite_name,
    suites_of,
    version_name,
)
from tests.support.certificates import certificates


def openssl_answer(hello: bytes, ciphers: str = "DEFAULT", *, ask: bool = False) -> bytes:
    """What OpenSSL's server makes of a hello."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers(ciphers)
    folder = certificates()
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    if ask:
        context.load_verify_locations(folder / "ca.pem")
        context.verify_mode = ssl.CERT_REQUIRED
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = context.wrap_bio(incoming, outgoing, server_side=True)
    incoming.write(hello)
    with pytest.raises(ssl.SSLError):  # it waits for more, or refuses
        server.do_handshake()
    return outgoing.read()


@pytest.mark.parametrize("version", [TLS10, TLS11, TLS12])
def test_openssl_agrees_to_our_hello(version: int) -> None:
    suites = suites_of("AES256+EECDH", "AES128+SHA")
    messages = read_messages(openssl_answer(client_hello(Offer(version, suites)), "ALL:@SECLEVEL=0"))
    assert messages[0].kind == SERVER_HELLO
    agreed, suite = read_server_hello(messages[0])
    assert agreed == version
    assert suite in suites


def test_a_whole_flight_is_read() -> None:
    hello = client_hello(Offer(TLS12, suites_of("AESGCM+EECDH"), "provider.example.org"))
    messages = read_messages(openssl_answer(hello, ask=True))
    kinds = [message.kind for message in messages]
    assert kinds[:2] == [SERVER_HELLO, CERTIFICATE]
    assert CERTIFICATE_REQUEST in kinds
    assert kinds[-1] == SERVER_DONE
    own = (certificates() / "server.pem").read_text(encoding="utf-8")
    assert read_certificates(messages[1])[0] == ssl.PEM_cert_to_DER_cert(own)


def test_openssl_refuses_what_it_has_not() -> None:
    messages = read_messages(openssl_answer(client_hello(Offer(TLS12, suites_of("RC4", "EXPORT")))))
    assert [message.alert for message in messages] == ["handshake failure"]


def test_openssl_s_own_hello_is_read() -> None:
    context = ssl.create_default_context()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(incoming, outgoing, server_hostname="provider.example.org")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    data = outgoing.read()
    offer = read_client_hello(data)
    assert offer
    assert set(offer.versions) == {TLS12, TLS13}
    assert offer.offers(TLS13)
    assert not offer.offers(TLS11)
    assert 0xC02F in offer.suites
    assert read_client_hello(data[:100]) is None


@pytest.mark.parametrize("version", [SSL3, TLS10, TLS11, TLS12])
def test_our_hellos_are_read_as_written(version: int) -> None:
    offer = Offer(version, (0x0004, 0x000A))
    assert read_client_hello(client_hello(offer)) == offer
    (message,) = read_messages(server_hello(version, 0x000A))
    assert read_server_hello(message) == (version, 0x000A)


def test_ssl2_has_a_form_of_its_own() -> None:
    assert read_client_hello(client_hello(Offer(SSL2, ()))) == Offer(SSL2, ())
    assert is_ssl2_server_hello(ssl2_server_hello())
    assert not is_ssl2_server_hello(server_hello(TLS12, 1))
    assert not is_ssl2_server_hello(b"HTTP/1.1 400")


def test_an_alert_ends_what_is_read() -> None:
    data = server_hello(TLS12, 5) + alert(HANDSHAKE_FAILURE) + b"\x17\x03\x03\x00\x01x"
    assert [(message.kind, message.alert) for message in read_messages(data)] == [(2, ""), (0, "handshake failure")]


def test_a_warning_does_not() -> None:
    warning, goodbye = record(21, TLS12, bytes((1, 112))), record(21, TLS12, bytes((1, 0)))
    assert [message.kind for message in read_messages(warning + server_hello(TLS12, 5))] == [SERVER_HELLO]
    assert [message.alert for message in read_messages(goodbye + server_hello(TLS12, 5))] == ["close notify"]


def test_a_message_in_pieces_is_put_together() -> None:
    whole = server_hello(TLS12, 5)[5:]
    data = record(22, TLS12, whole[:7]) + record(22, TLS12, whole[7:])
    assert [message.kind for message in read_messages(data)] == [SERVER_HELLO]
    assert read_messages(data[:10]) == []


@pytest.mark.parametrize("data", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x16\x09\x01\x00\x00", b"SSH-2.0-x"])
def test_what_is_not_tls_is_told(data: bytes) -> None:
    with pytest.raises(NotTlsError):
        read_messages(data)


def test_broken_hellos_are_told() -> None:
    for body in (b"", b"\x03\x03", bytes(34) + b"\xff"):
        with pytest.raises(NotTlsError):
            read_server_hello(Message(SERVER_HELLO, body))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.sampled_from([b"", b"\x16\x03\x01\x00\x40\x01\x00\x00\x3c", b"\x80\x2e\x01"]))
def test_hostile_bytes_raise_nothing_else(data: bytes, head: bytes) -> None:
    for read in (read_messages, read_client_hello):
        try:
            read(head + data)
        except NotTlsError:
            continue


def test_names_and_families() -> None:
    assert (version_name(TLS12), version_name(9)) == ("TLS 1.2", "version 0x0009")
    assert suite_name(0xC02F) == "ECDHE-RSA-AES128-GCM-SHA256"
    assert suite_name(0xFFFF) == "suite 0xFFFF"
    assert family_of(0xC02F, FAMILIES) == "AESGCM+EECDH"
    assert family_of(0xC02F, ["RC4"]) == ""
    assert len(NAMES) == sum(len(family) for family in FAMILIES.values())


def test_the_numbers_are_openssl_s() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers("ALL:COMPLEMENTOFALL:@SECLEVEL=0")
    known = {cipher["name"]: cipher["id"] & 0xFFFF for cipher in context.get_ciphers()}
    ours = {name: number for family in FAMILIES.values() for name, number in family.items() if name in known}
    assert len(ours) > 30
    assert ours == {name: known[name] for name in ours}
