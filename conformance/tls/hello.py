"""Hello messages as bytes, both ways: what OpenSSL will no longer offer or agree to can be offered and agreed to by hand.

RFC 5246 (TLS 1.2), RFC 4346 and 2246 (1.1, 1.0), RFC 6101 (SSLv3), the SSL 2.0 draft; extensions by RFC 6066, 8422, 8446.
Only what goes in the clear is read: up to a TLS 1.2 server's ServerHelloDone. Bytes of a peer are not trusted.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass

from conformance.tls.suites import SSL2, SSL3, TLS10, TLS12

HANDSHAKE, ALERT = 22, 21
CLIENT_HELLO, SERVER_HELLO, CERTIFICATE, CERTIFICATE_REQUEST, SERVER_DONE = 1, 2, 11, 13, 14
PROTOCOL_VERSION, HANDSHAKE_FAILURE = 70, 40
_SUPPORTED_VERSIONS = 43
_WARNING, _CLOSE_NOTIFY = 1, 0
_MAX_RECORD = 1 << 14
_MAX_MESSAGE = 1 << 18

ALERTS = {
    0: "close notify", 10: "unexpected message", 20: "bad record mac", 22: "record overflow", 40: "handshake failure",
    41: "no certificate", 42: "bad certificate", 43: "unsupported certificate", 44: "certificate revoked",
    45: "certificate expired", 46: "certificate unknown", 47: "illegal parameter", 48: "unknown CA", 49: "access denied",
    50: "decode error", 51: "decrypt error", 70: "protocol version", 71: "insufficient security", 80: "internal error",
    86: "inappropriate fallback", 90: "user cancelled", 109: "missing extension", 112: "unrecognized name",
    116: "certificate required", 120: "no application protocol",
}  # fmt: skip


class NotTlsError(ValueError):
    """The bytes are no TLS records, or break the form of a message."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a client offers: the highest version, suites in order of preference, the name it requests ("" for none)."""

    version: int
    suites: tuple[int, ...]
    server_name: str = ""
    versions: tuple[int, ...] = ()

    def offers(self, version: int) -> bool:
        """Whether a version is the one offered, or among those that the extension supported_versions names."""
        return version in (self.versions or (self.version,))


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a handshake (`kind` as in RFC 5246 section 7.4) or an alert (kind 0, `body` its level and description)."""

    kind: int
    body: bytes

    @property
    def alert(self) -> str:
        """The description of an alert in words, "" for any other message."""
        return alert_name(self.body[1]) if self.kind == 0 else ""


def alert_name(number: int) -> str:
    """Return the words for an alert's description."""
    return ALERTS.get(number, f"alert {number}")


def client_hello(offer: Offer) -> bytes:
    """Return the record with a ClientHello that offers just this. SSLv2 has a form of its own."""
    if offer.version == SSL2:
        return _ssl2_client_hello()
    suites = b"".join(struct.pack("!H", number) for number in offer.suites)
    body = struct.pack("!H", offer.version) + os.urandom(32) + b"\0" + _sized(suites, 2) + b"\1\0"
    if offer.version > SSL3:
        body += _sized(b"".join(_extensions(offer)), 2)
    return record(HANDSHAKE, min(offer.version, TLS10), _message(CLIENT_HELLO, body))


def server_hello(version: int, suite: int) -> bytes:
    """Return the record with a ServerHello that agrees to a version and a suite."""
    body = struct.pack("!H", version) + os.urandom(32) + b"\0" + struct.pack("!HB", suite, 0)
    return record(HANDSHAKE, version, _message(SERVER_HELLO, body))


def ssl2_server_hello() -> bytes:
    """Return the response of a server that speaks SSLv2: no certificate, one cipher (RC4 with MD5), a connection id."""
    body = b"\x04\x00\x00" + struct.pack("!HHHH", SSL2, 0, 3, 16) + b"\x01\x00\x80" + os.urandom(16)
    return struct.pack("!H", 0x8000 | len(body)) + body


def alert(description: int, version: int = TLS12) -> bytes:
    """Return the record with a fatal alert."""
    return record(ALERT, version, bytes((2, description)))


def record(kind: int, version: int, payload: bytes) -> bytes:
    """Return one record."""
    return struct.pack("!BHH", kind, version, len(payload)) + payload


def read_messages(data: bytes) -> list[Message]:
    """Return the messages that are complete in what a peer has sent so far; NotTlsError for what is no TLS.

    Warnings are passed over. Reading stops at the first record of another kind: what follows is encrypted.
    """
    messages: list[Message] = []
    stream = b""
    for kind, payload in _records(data):
        if kind == ALERT and len(payload) == 2:
            if payload[0] == _WARNING and payload[1] != _CLOSE_NOTIFY:
                continue  # "unrecognized name", for one, goes before the ServerHello of some servers
            return [*messages, *_complete(stream), Message(0, payload)]
        if kind != HANDSHAKE:
            break
        stream += payload
    return [*messages, *_complete(stream)]


def read_client_hello(data: bytes) -> Offer | None:
    """Return what a ClientHello offers, None while it is incomplete; NotTlsError for anything else."""
    if data[:1] and data[0] & 0x80:
        return _ssl2_offer(data)
    first = next(iter(read_messages(data)), None)
    if first is None:
        return None
    if first.kind != CLIENT_HELLO:
        raise NotTlsError("not a ClientHello")
    try:
        return _offer(first.body)
    except (struct.error, IndexError) as error:
        raise NotTlsError("a broken ClientHello") from error


def read_server_hello(message: Message) -> tuple[int, int]:
    """Return version and suite that a ServerHello agrees to; NotTlsError when it is broken."""
    try:
        (version,) = struct.unpack_from("!H", message.body)
        after = 35 + message.body[34]
        (suite,) = struct.unpack_from("!H", message.body, after)
        chosen = _extension(message.body[after + 3 :], _SUPPORTED_VERSIONS)
    except (struct.error, IndexError) as error:
        raise NotTlsError("a broken ServerHello") from error
    return (struct.unpack("!H", chosen)[0] if len(chosen) == 2 else version), suite


def read_certificates(message: Message) -> list[bytes]:
    """Return the certificates (DER, the server's own first) of a TLS 1.2 Certificate message."""
    found, rest = [], message.body[3:]
    while len(rest) > 3:
        size = int.from_bytes(rest[:3], "big")
        found.append(rest[3 : 3 + size])
        rest = rest[3 + size :]
    return found


def is_ssl2_server_hello(data: bytes) -> bool:
    """Whether a server responds as SSLv2 does."""
    return len(data) >= 5 and bool(data[0] & 0x80) and data[2] == 4


def _records(data: bytes) -> list[tuple[int, bytes]]:
    found = []
    while len(data) >= 5:
        kind, version, size = struct.unpack_from("!BHH", data)
        if kind not in (20, 21, 22, 23) or version >> 8 != 3 or size > _MAX_RECORD + 2048:
            raise NotTlsError("not a TLS record")
        if len(data) < 5 + size:
            break
        found.append((kind, data[5 : 5 + size]))
        data = data[5 + size :]
    if data and data[0] not in (20, 21, 22, 23):
        raise NotTlsError("not a TLS record")
    return found


def _complete(stream: bytes) -> list[Message]:
    found = []
    while len(stream) >= 4:
        size = int.from_bytes(stream[1:4], "big")
        if size > _MAX_MESSAGE:
            raise NotTlsError("an overlong handshake message")
        if len(stream) < 4 + size:
            break
        found.append(Message(stream[0], stream[4 : 4 + size]))
        stream = stream[4 + size :]
    return found


def _message(kind: int, body: bytes) -> bytes:
    return bytes((kind,)) + _sized(body, 3)


def _sized(data: bytes, width: int) -> bytes:
    return len(data).to_bytes(width, "big") + data


def _extensions(offer: Offer) -> list[bytes]:
    groups = struct.pack("!4H", 29, 23, 24, 25)  # x25519, P-256, P-384, P-521
    extensions = [(10, _sized(groups, 2)), (11, b"\1\0"), (0xFF01, b"\0")]
    if offer.version >= TLS12:
        # PSS and PKCS #1 with RSA and ECDSA, SHA-512 down to SHA-1
        algorithms = struct.pack(
            "!11H", 0x0806, 0x0805, 0x0804, 0x0601, 0x0501, 0x0401, 0x0603, 0x0503, 0x0403, 0x0201, 0x0203
        )
        extensions.append((13, _sized(algorithms, 2)))
    if offer.server_name:
        extensions.append((0, _sized(b"\0" + _sized(offer.server_name.encode("idna"), 2), 2)))
    return [struct.pack("!H", number) + _sized(body, 2) for number, body in extensions]


def _extension(data: bytes, wanted: int) -> bytes:
    """The body of one extension of a sized list of them, b"" when it is not there."""
    if len(data) < 2:
        return b""
    rest = data[2 : 2 + int.from_bytes(data[:2], "big")]
    while len(rest) >= 4:
        number, size = struct.unpack_from("!HH", rest)
        if number == wanted:
            return rest[4 : 4 + size]
        rest = rest[4 + size :]
    return b""


def _offer(body: bytes) -> Offer:
    (version,) = struct.unpack_from("!H", body)
    at = 35 + body[34]
    (size,) = struct.unpack_from("!H", body, at)
    suites = struct.unpack_from(f"!{size // 2}H", body, at + 2)
    at += 2 + size
    listed = _extension(body[at + 1 + body[at] :], _SUPPORTED_VERSIONS)[1:]
    versions = struct.unpack(f"!{len(listed) // 2}H", listed[: len(listed) // 2 * 2])
    return Offer(version, suites, versions=versions)


def _ssl2_client_hello() -> bytes:
    ciphers = b"\x01\x00\x80\x07\x00\xc0\x05\x00\x80\x03\x00\x80\x06\x00\x40\x02\x00\x80\x04\x00\x80"
    body = b"\x01" + struct.pack("!HHHH", SSL2, len(ciphers), 0, 16) + ciphers + os.urandom(16)
    return struct.pack("!H", 0x8000 | len(body)) + body


def _ssl2_offer(data: bytes) -> Offer | None:
    if len(data) < 5:
        return None
    if data[2] != CLIENT_HELLO:
        raise NotTlsError("not a ClientHello")
    return Offer(struct.unpack_from("!H", data, 3)[0], ())
