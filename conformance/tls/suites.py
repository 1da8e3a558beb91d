"""Cipher suites and versions by name and number (IANA, TLS Cipher Suites registry), and the families that matter here."""

from __future__ import annotations

from collections.abc import Iterable

SSL2, SSL3, TLS10, TLS11, TLS12, TLS13 = 0x0002, 0x0300, 0x0301, 0x0302, 0x0303, 0x0304
VERSIONS = {SSL2: "SSLv2", SSL3: "SSLv3", TLS10: "TLS 1.0", TLS11: "TLS 1.1", TLS12: "TLS 1.2", TLS13: "TLS 1.3"}

# Families by the names of OpenSSL's cipher lists, which the specification uses, and of suites outside its lists. Names are
# OpenSSL's. Suites with DSS keys and CCM modes belong to some families but are not used for them here: nobody serves them.
FAMILIES: dict[str, dict[str, int]] = {
    "AESGCM+EECDH": {
        "ECDHE-ECDSA-AES256-GCM-SHA384": 0xC02C,
        "ECDHE-RSA-AES256-GCM-SHA384": 0xC030,
        "ECDHE-ECDSA-AES128-GCM-SHA256": 0xC02B,
        "ECDHE-RSA-AES128-GCM-SHA256": 0xC02F,
    },
    "AESGCM+EDH": {"DHE-RSA-AES256-GCM-SHA384": 0x009F, "DHE-RSA-AES128-GCM-SHA256": 0x009E},
    "AES256+EECDH": {
        "ECDHE-ECDSA-AES256-SHA384": 0xC024,
        "ECDHE-RSA-AES256-SHA384": 0xC028,
        "ECDHE-ECDSA-AES256-SHA": 0xC00A,
        "ECDHE-RSA-AES256-SHA": 0xC014,
    },
    "AES256+EDH": {"DHE-RSA-AES256-SHA256": 0x006B, "DHE-RSA-AES256-SHA": 0x0039},
    "AES256+SHA": {"AES256-SHA": 0x0035},
    "AES128+SHA": {
        "ECDHE-ECDSA-AES128-SHA": 0xC009,
        "ECDHE-RSA-AES128-SHA": 0xC013,
        "DHE-RSA-AES128-SHA": 0x0033,
        "AES128-SHA": 0x002F,
    },
    "NULL": {
        "NULL-MD5": 0x0001,
        "NULL-SHA": 0x0002,
        "NULL-SHA256": 0x003B,
        "ECDHE-ECDSA-NULL-SHA": 0xC006,
        "ECDHE-RSA-NULL-SHA": 0xC010,
    },
    "EXPORT": {
        "EXP-RC4-MD5": 0x0003,
        "EXP-RC2-CBC-MD5": 0x0006,
        "EXP-DES-CBC-SHA": 0x0008,
        "EXP-EDH-RSA-DES-CBC-SHA": 0x0014,
        "EXP1024-DES-CBC-SHA": 0x0062,
        "EXP1024-RC4-SHA": 0x0064,
    },
    "DES": {"DES-CBC-SHA": 0x0009, "EDH-RSA-DES-CBC-SHA": 0x0015},
    "RC4": {"RC4-MD5": 0x0004, "RC4-SHA": 0x0005, "ECDHE-ECDSA-RC4-SHA": 0xC007, "ECDHE-RSA-RC4-SHA": 0xC011},
    "3DES": {
        "DES-CBC3-SHA": 0x000A,
        "EDH-RSA-DES-CBC3-SHA": 0x0016,
        "ECDHE-ECDSA-DES-CBC3-SHA": 0xC008,
        "ECDHE-RSA-DES-CBC3-SHA": 0xC012,
    },
    "anonymous": {
        "ADH-RC4-MD5": 0x0018,
        "ADH-AES128-SHA": 0x0034,
        "ADH-AES256-SHA": 0x003A,
        "ADH-AES128-SHA256": 0x006C,
        "ADH-AES256-GCM-SHA384": 0x00A7,
        "AECDH-AES128-SHA": 0xC018,
        "AECDH-AES256-SHA": 0xC019,
    },
    "RSA key exchange": {
        "AES128-SHA256": 0x003C,
        "AES256-SHA256": 0x003D,
        "AES128-GCM-SHA256": 0x009C,
        "AES256-GCM-SHA384": 0x009D,
    },
    "AES128 in CBC mode": {
        "ECDHE-ECDSA-AES128-SHA256": 0xC023,
        "ECDHE-RSA-AES128-SHA256": 0xC027,
        "DHE-RSA-AES128-SHA256": 0x0067,
    },
    "CAMELLIA": {
        "CAMELLIA128-SHA": 0x0041,
        "CAMELLIA256-SHA": 0x0084,
        "DHE-RSA-CAMELLIA256-SHA": 0x0088,
        "ECDHE-RSA-CAMELLIA256-SHA384": 0xC077,
    },
    "CHACHA20": {
        "ECDHE-RSA-CHACHA20-POLY1305": 0xCCA8,
        "ECDHE-ECDSA-CHACHA20-POLY1305": 0xCCA9,
        "DHE-RSA-CHACHA20-POLY1305": 0xCCAA,
    },
    "SEED and IDEA": {"IDEA-CBC-SHA": 0x0007, "SEED-SHA": 0x0096, "DHE-RSA-SEED-SHA": 0x009A},
}
NAMES = {number: name for family in FAMILIES.values() for name, number in family.items()}


def suites_of(*families: str) -> tuple[int, ...]:
    """Return the numbers of the suites of some families, in order, each once. KeyError for an unknown family."""
    return tuple(dict.fromkeys(number for family in families for number in FAMILIES[family].values()))


def suite_name(number: int) -> str:
    """Return a suite's name, its number in hexadecimal when it is none of ours."""
    return NAMES.get(number, f"suite 0x{number:04X}")


def version_name(number: int) -> str:
    """Return a version's name."""
    return VERSIONS.get(number, f"version 0x{number:04X}")


def family_of(number: int, families: Iterable[str]) -> str:
    """Return the first of some families that a suite belongs to, "" when it belongs to none."""
    return next((family for family in families if number in FAMILIES[family].values()), "")
