"""TLS: versions, ciphers and the provider's own certificate."""

from __future__ import annotations

from datetime import timedelta

from conformance.consumer.probes.raw_http import plain_request
from conformance.consumer.probes.server_certificate import Facts, facts_of
from conformance.consumer.probes.tls_probe import Outcome, Place, UnreachableError
from conformance.core.results import Blame
from conformance.engine.context import ScenarioContext
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.tls import admission, expect_refusal, families_of, ordinary, own_pair, place_of
from conformance.tls.suites import (
    FAMILIES,
    SSL2,
    SSL3,
    TLS10,
    TLS11,
    TLS12,
    family_of,
    suite_name,
    suites_of,
    version_name,
)

_ON = "get_capability_statement"
# What a client of that time offered, so that a version is not refused for lack of a common cipher.
_OF_THEIR_TIME = suites_of("AES256+EECDH", "AES128+SHA", "AES256+SHA", "AES256+EDH", "3DES", "RC4")
_SOON = timedelta(days=30)
_LEAST_BITS = {"RSA": 2048, "EC": 256}

VERSIONS = table(
    _ON,
    case("tls.version-11", "TLS 1.1 is refused", "STU3-SEC-002", version=TLS11,
         faults="tls.speaks-tls11 tls.speaks-old-versions"),
    case("tls.version-10", "TLS 1.0 is refused", "STU3-SEC-002", version=TLS10,
         faults="tls.speaks-tls10 tls.speaks-old-versions"),
    case("tls.version-ssl3", "SSLv3 is refused", "STU3-SEC-002 DSTU2-SEC-008", version=SSL3, faults="tls.speaks-ssl3"),
    case("tls.version-ssl2", "SSLv2 is refused", "STU3-SEC-002 DSTU2-SEC-008", version=SSL2, faults="tls.speaks-ssl2"),
    why="These versions are broken; a server that still supports them is open to downgrade attacks.",
    fix="Allow only TLS 1.2 and later, including on the load balancer.",
    wire=True,
)  # fmt: skip

TOLERANCE = table(
    _ON,
    case(
        "tls.version-13", "A client that also offers TLS 1.3 is served, whichever version is agreed on",
        "STU3-SEC-003 DSTU2-SEC-006", faults="tls.stalls-on-tls13",
        why="TLS 1.3 is neither required nor forbidden, but every current client offers it together with TLS 1.2.",
        fix="Accept such a ClientHello with TLS 1.3 or 1.2; check for a firewall that drops unknown versions.",
    ),
    wire=True,
)  # fmt: skip

OLD_VERSIONS = table(
    _ON,
    case(
        "tls.old-versions", "A ClientHello with TLS 1.0 or 1.1 is either accepted or refused with an alert", "DSTU2-SEC-007",
        faults="tls.stalls-on-old-versions",
        why="The edition allows a provider to support TLS 1.0 and 1.1 or not; the result records which.",
        fix="Send an alert rather than no response.",
    ),
    wire=True,
)  # fmt: skip

SUPPORTED = table(
    _ON,
    case("tls.ciphers-ecdhe-gcm", "Ciphers of AESGCM+EECDH are supported", "STU3-SEC-004 DSTU2-SEC-004",
         family="AESGCM+EECDH", faults="tls.no-ecdhe-gcm"),
    case("tls.ciphers-dhe-gcm", "Ciphers of AESGCM+EDH are supported", "STU3-SEC-004 DSTU2-SEC-004",
         family="AESGCM+EDH", faults="tls.no-dhe-gcm"),
    case("tls.ciphers-ecdhe-aes256", "Ciphers of AES256+EECDH beyond AES-GCM are supported", "STU3-SEC-004 DSTU2-SEC-004",
         family="AES256+EECDH", faults="tls.no-ecdhe-aes256"),
    case("tls.ciphers-dhe-aes256", "Ciphers of AES256+EDH beyond AES-GCM are supported", "STU3-SEC-004 DSTU2-SEC-004",
         family="AES256+EDH", faults="tls.no-dhe-aes256"),
    why="Consumer, proxy and provider can agree on a cipher only if each supports the edition's list.",
    fix="Use the edition's cipher list. CBC modes and finite-field Diffie-Hellman have since gone out of use: their "
         "absence is a warning.",
    wire=True,
)  # fmt: skip

PREFERENCE = table(
    _ON,
    case(
        "tls.cipher-preference", "The server chooses ciphers in the order of the edition's list, whatever the client prefers",
        "STU3-SEC-004 DSTU2-SEC-004", faults="tls.other-preference",
        why="The list is in order of preference; weaker families are for clients that support nothing better.",
        fix="Let the server's order of ciphers decide (SSLHonorCipherOrder on, ssl_prefer_server_ciphers on).",
    ),
    wire=True,
)  # fmt: skip


def _outside(name: str, family: str, fault: str, requirements: str = "STU3-SEC-005 DSTU2-SEC-003") -> dict[str, object]:
    title = f"A client that offers only ciphers of the kind {family} is refused"
    return case(f"tls.ciphers-{name}", title, requirements, families=(family,), faults=fault)


OUTSIDE = table(
    _ON,
    _outside("null", "NULL", "tls.null-ciphers"),
    _outside("export", "EXPORT", "tls.export-ciphers"),
    _outside("anonymous", "anonymous", "tls.anonymous-ciphers"),
    _outside("des", "DES", "tls.des-ciphers"),
    _outside("rc4", "RC4", "tls.rc4-ciphers"),
    _outside("3des", "3DES", "tls.3des-ciphers"),
    _outside("rsa", "RSA key exchange", "tls.rsa-ciphers"),
    _outside("aes128-cbc", "AES128 in CBC mode", "tls.aes128-cbc-ciphers"),
    _outside("camellia", "CAMELLIA", "tls.camellia-ciphers"),
    _outside("chacha20", "CHACHA20", "tls.chacha20-ciphers"),
    _outside("seed", "SEED and IDEA", "tls.old-ciphers"),
    case("tls.ciphers-aes-sha",
         "A client that offers only the ciphers of AES128+SHA, or AES256+SHA with RSA key exchange, is refused",
         "STU3-SEC-005", families=("AES256+SHA", "AES128+SHA"), faults="tls.aes-sha-ciphers"),
    why="Only the ciphers of the edition's list may be used; weaker ciphers let others read or change messages.",
    fix="Set the cipher list to exactly that of the edition.",
    wire=True,
)  # fmt: skip

SERVER = table(
    _ON,
    case("tls.server-chain", "The provider's certificate chains to the configured authorities", "STU3-SEC-012 DSTU2-SEC-006",
         aspect="chain", faults="tls.server-other-authority",
         fix="Serve the certificate that was issued for this end-point, followed by the certificate of the sub-authority."),
    case("tls.server-name", "The provider's certificate names the host of the base URL", "STU3-SEC-012 DSTU2-SEC-006",
         aspect="name", faults="tls.server-other-name", fix="Have a certificate issued for the end-point's host name."),
    case("tls.server-dates", "The provider's certificate is within its validity period", "STU3-SEC-012 DSTU2-SEC-006",
         aspect="dates", faults="tls.server-expired", fix="Renew the certificate at least a month before it expires."),
    case("tls.server-key", "The keys of the provider's certificates are long enough", "STU3-SEC-012 DSTU2-SEC-006",
         aspect="key", faults="tls.server-weak-key", fix="Use RSA keys of 2048 bits or more, or EC keys of 256 or more.",
         noted="The specification names no key length; current practice is applied, as a warning."),
    case("tls.server-signature", "The provider's certificates are signed with SHA-256 or better", "STU3-SEC-012 DSTU2-SEC-006",
         aspect="signature", faults="tls.server-sha1", fix="Have the certificate reissued.",
         noted="The specification names no signature algorithm; current practice is applied, as a warning."),
    why="Authentication is mutual: the proxy checks the provider's certificate as the provider checks the proxy's.",
    wire=True,
)  # fmt: skip


@scenarios(VERSIONS)
def test_version_refused(context: ScenarioContext, case: Case) -> None:
    suites = () if case["version"] == SSL2 else _OF_THEIR_TIME
    expect_refusal(context, case["version"], suites, version_name(case["version"]))


@scenarios(TOLERANCE)
def test_newer_version(context: ScenarioContext, case: Case) -> None:
    place = place_of(context)
    ordinary(context, place)
    request = plain_request(context.requests.capability(), context.config.provider.root, place)
    seen = admission(context, place, own_pair(context), request)
    if seen.outcome is Outcome.AGREED:
        context.findings.note(f"agreed on {seen.version}", location="TLS hello", code="tls-version")
    else:
        context.findings.fail(
            "TLS 1.2 is supported, but not for a client that also offers TLS 1.3",
            location="TLS hello",
            found=seen.how,
            expected="TLS 1.2 or 1.3",
            code="tls-intolerance",
        )


@scenarios(OLD_VERSIONS)
def test_old_versions(context: ScenarioContext, case: Case) -> None:
    place = place_of(context)
    ordinary(context, place)
    for version in (TLS11, TLS10):
        result = context.probes.hello(place, version, _OF_THEIR_TIME)
        name = version_name(version)
        if result.outcome is Outcome.UNCLEAR:
            context.findings.fail(
                f"an offer of {name} is neither agreed to nor refused", location="TLS hello", found=result.how
            )
        else:
            context.findings.note(f"{name}: {result.how}", location="TLS hello", code="tls-version")


@scenarios(SUPPORTED)
def test_family_supported(context: ScenarioContext, case: Case) -> None:
    place = place_of(context)
    family = case["family"]
    result = context.probes.hello(place, TLS12, suites_of(family))
    details = {"location": "TLS hello", "found": result.how, "expected": " or ".join(FAMILIES[family])}
    if result.outcome is Outcome.UNCLEAR:
        context.cannot(f"the offer of {family} is neither agreed to nor refused: {result.how}", Blame.ENVIRONMENT)
    elif result.outcome is Outcome.REFUSED and family == families_of(context)[0]:
        context.findings.fail(f"no cipher of {family} is supported", **details, code="tls-cipher-missing")
    elif result.outcome is Outcome.REFUSED:
        _omit_where_the_key_forbids(context, place, family)
        context.findings.warn(f"no cipher of {family} is supported", **details, code="tls-cipher-missing")


def _omit_where_the_key_forbids(context: ScenarioContext, place: Place, family: str) -> None:
    """Finite-field Diffie-Hellman goes with RSA (and DSS) keys only: a certificate with another key cannot serve it."""
    own = facts_of(ordinary(context, place).chain[:1])
    if own and own[0].key != "RSA" and all("-RSA-" in name for name in FAMILIES[family]):
        context.omit(f"no cipher of {family} can be used with the {own[0].key} key of the provider's certificate")


@scenarios(PREFERENCE)
def test_preference(context: ScenarioContext, case: Case) -> None:
    place = place_of(context)
    ordinary(context, place)
    families = families_of(context)
    supported = [
        name for name in families if context.probes.hello(place, TLS12, suites_of(name)).outcome is Outcome.AGREED
    ]
    for number, wanted in enumerate(supported[:-1]):
        offered = suites_of(*reversed(supported[number:]))
        result = context.probes.hello(place, TLS12, offered)
        if result.outcome is not Outcome.AGREED:
            context.cannot(f"several families offered at once are not agreed to: {result.how}", Blame.PROVIDER)
        chosen = family_of(result.suite, families)
        if chosen != wanted:
            report = context.findings.warn if number else context.findings.fail
            report(
                f"offered {', '.join(supported[number:])}, the provider chooses {chosen or 'none of them'}",
                location="TLS hello",
                found=suite_name(result.suite),
                expected=wanted,
                code="tls-preference",
            )


@scenarios(OUTSIDE)
def test_outside_the_list(context: ScenarioContext, case: Case) -> None:
    families = case["families"]
    expect_refusal(context, TLS12, suites_of(*families), f"ciphers of the kind {' or '.join(families)}")


@scenarios(SERVER)
def test_server_certificate(context: ScenarioContext, case: Case) -> None:
    place, probes = place_of(context), context.probes
    tls = context.config.tls
    chain = ordinary(context, place).chain
    try:
        facts = facts_of(chain)
    except ValueError as error:
        context.findings.fail(
            "the certificates that the provider shows cannot be read", location="chain", found=str(error)
        )
        return
    if not facts:
        context.cannot("the provider shows no certificate in the clear", Blame.ENVIRONMENT)
    context.findings.note(_described(facts[0]), location="server certificate", code="tls-server-certificate")
    try:
        if case["aspect"] == "chain":
            _objected(
                context,
                probes.chain_objection(place, tls),
                "the provider's certificate is not accepted",
                "a trusted chain",
            )
        elif case["aspect"] == "name":
            _objected(
                context,
                probes.name_objection(place, tls, chain[0]),
                "the certificate is another host's",
                place.host,
            )
        else:
            _ASPECTS[case["aspect"]](context, facts)
    except UnreachableError as error:
        context.cannot(str(error), Blame.ENVIRONMENT)


def _objected(context: ScenarioContext, objection: str, message: str, expected: str) -> None:
    if objection:
        context.findings.fail(
            message, location="server certificate", found=objection, expected=expected, code="tls-server"
        )


def _described(own: Facts) -> str:
    return (
        f"{own.subject}, issued by {own.issuer}, valid {own.begins:%Y-%m-%d} to {own.ends:%Y-%m-%d}, "
        f"{own.key} {own.bits} bits, signed with {own.digest or 'an algorithm without a hash of its own'}"
    )


def _dates(context: ScenarioContext, facts: list[Facts]) -> None:
    now = context.now()
    for place, own in enumerate(facts):
        details = {"location": f"certificate {place + 1} of the chain", "found": f"{own.begins:%c} to {own.ends:%c}"}
        if not own.begins <= now <= own.ends:
            context.findings.fail(
                "a certificate is not within its validity period", **details, expected=f"{now:%c}", code="tls-server"
            )
        elif own.ends - now < _SOON:
            context.findings.warn("a certificate expires within a month", **details, code="tls-server-soon")


def _key(context: ScenarioContext, facts: list[Facts]) -> None:
    for own in facts:
        least = _LEAST_BITS.get(own.key, 0)
        if own.bits < least:
            context.findings.warn(
                "a key is shorter than is considered safe",
                location=own.subject,
                found=f"{own.key} {own.bits} bits",
                expected=f"{least} bits or more",
                code="tls-server",
            )


def _signature(context: ScenarioContext, facts: list[Facts]) -> None:
    for own in facts:
        if own.digest in ("md5", "sha1") and not own.is_root:
            context.findings.warn(
                "a certificate is signed with a hash that can be forged",
                location=own.subject,
                found=own.digest,
                expected="sha256 or better",
                code="tls-server",
            )


_ASPECTS = {"dates": _dates, "key": _key, "signature": _signature}
