"""Mutual TLS: the proxy's certificate is accepted; no certificate, or a bad one, is refused before any request."""

from __future__ import annotations

from conformance.consumer.probes.raw_http import plain_request
from conformance.consumer.probes.tls_probe import Outcome
from conformance.core.results import Blame
from conformance.engine.context import ScenarioContext
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.tls import admission, expect_turned_away, negative, ordinary, own_pair, place_of

_WHY = "An authenticated client can read and change patients' appointments; only the certificate identifies the proxy."

MUTUAL = table(
    "get_capability_statement",
    case(
        "tls.mutual", "TLS 1.2 with the proxy's client certificate is served, and the provider requests the certificate",
        "STU3-SEC-001 DSTU2-SEC-006", faults="tls.no-tls12",
        fix="Enable TLS 1.2 and request a certificate from every client in the handshake.",
    ),
    why="All exchanges use TLS 1.2 with mutual authentication.",
    wire=True,
)  # fmt: skip

NO_CERTIFICATE = table(
    "get_capability_statement",
    case(
        "tls.no-certificate", "Without a client certificate not even the capability statement is returned",
        "STU3-SEC-007 STU3-SEC-017 DSTU2-SEC-001 DSTU2-SEC-002", faults="tls.open-metadata tls.accepts-no-certificate",
        request="metadata",
    ),
    case(
        "tls.no-certificate-data", "Without a client certificate no patient data is returned",
        "STU3-SEC-007 STU3-SEC-017 DSTU2-SEC-001 DSTU2-SEC-002", faults="tls.accepts-no-certificate", request="patient",
    ),
    why=_WHY,
    fix="Require a client certificate for every path, in the handshake rather than in rules for single paths.",
    wire=True,
)  # fmt: skip

BAD = table(
    "get_capability_statement",
    case(
        "tls.self-signed", "A client certificate that is self-signed is refused",
        "STU3-SEC-009 DSTU2-SEC-009", pair="self_signed", faults="tls.accepts-self-signed",
        fix="Trust the Spine's root and sub authorities only, never any other certificate.",
    ),
    case(
        "tls.other-authority", "A client certificate of an authority outside the Spine is refused",
        "STU3-SEC-009 DSTU2-SEC-009", pair="other_authority", faults="tls.accepts-other-authority",
        fix="Trust the Spine's root and sub authorities only, not the authorities of the operating system.",
    ),
    case(
        "tls.expired", "A client certificate that has expired is refused", "STU3-SEC-010 DSTU2-SEC-010",
        pair="expired", faults="tls.accepts-expired", fix="Check the dates of client certificates.",
    ),
    case(
        "tls.not-yet-valid", "A client certificate that is not yet valid is refused",
        "STU3-SEC-012 DSTU2-SEC-010", pair="not_yet_valid", faults="tls.accepts-not-yet-valid",
        fix="Check the dates of client certificates.",
    ),
    case(
        "tls.revoked", "A client certificate that was revoked is refused", "STU3-SEC-010 DSTU2-SEC-010",
        pair="revoked", faults="tls.accepts-revoked",
        fix="Load the authority's revocation list, keep it current, and refuse revoked certificates; OpenSSL does not do "
            "so by default.",
    ),
    case(
        "tls.wrong-name", "A Spine client certificate that names another host than the proxy is refused",
        "STU3-SEC-008 STU3-SEC-011 DSTU2-SEC-001 DSTU2-SEC-011", pair="wrong_name", faults="tls.accepts-wrong-name",
        fix="Compare the name in the client certificate with the proxy's; a valid chain alone admits every Spine system.",
    ),
    case(
        "tls.wrong-usage", "A certificate not issued for client authentication is refused",
        "STU3-SEC-012 DSTU2-SEC-009", pair="wrong_usage", faults="tls.accepts-wrong-usage",
        fix="Check the extended key usage: it must include client authentication.",
    ),
    why=_WHY,
    wire=True,
)  # fmt: skip


@scenarios(MUTUAL)
def test_mutual(context: ScenarioContext, case: Case) -> None:
    place = place_of(context)
    if context.config.tls.certificate is None:
        context.cannot("the configuration names no client certificate (tls.certificate)", Blame.CONFIGURATION)
    request = plain_request(context.requests.capability(), context.config.provider.root, place)
    seen = admission(context, place, own_pair(context), request, "TLS 1.2")
    details = {"location": "TLS 1.2 with the client certificate", "found": seen.how, "expected": "200"}
    if seen.outcome is Outcome.UNCLEAR:
        context.cannot(f"TLS 1.2 is neither agreed to nor refused: {seen.how}", Blame.ENVIRONMENT)
    elif seen.outcome is Outcome.REFUSED or seen.status != 200:
        context.findings.fail(
            "TLS 1.2 with the configured client certificate is not served", **details, code="tls-not-served"
        )
        return
    if not ordinary(context, place).asks_certificate:
        context.findings.warn(
            "the provider requests no client certificate in the handshake",
            location="TLS 1.2 handshake",
            found="no CertificateRequest",
            expected="CertificateRequest",
            code="tls-no-request",
        )


@scenarios(NO_CERTIFICATE)
def test_no_certificate(context: ScenarioContext, case: Case) -> None:
    place_of(context)
    if case["request"] == "metadata":
        request = context.requests.capability()
    else:
        system = context.edition.systems("nhs_number")[0]
        request = context.requests.find("find_patient", system, context.arrange.patient().nhs_number)
    expect_turned_away(context, None, request)


@scenarios(BAD)
def test_bad_certificate(context: ScenarioContext, case: Case) -> None:
    place_of(context)
    expect_turned_away(context, negative(context, case["pair"]), context.requests.capability())
