"""Mutual TLS: the proxy's certificate is let in; no certificate, or a bad one, is turned away before any request."""

from __future__ import annotations

from conformance.config.model import KeyPair
from conformance.consumer.admission import knock
from conformance.consumer.probing import Sight
from conformance.consumer.rawhttp import plain_request
from conformance.core.results import Blame
from conformance.harness.case import Case, case, scenarios, table
from conformance.harness.scene import Scene
from conformance.scenarios.tls_probes import expect_turned_away, negative, ordinary, place_of, presenting

_WHY = "Whoever is let in reads and changes the appointments of patients; the certificate is all that tells the proxy apart."

MUTUAL = table(
    "get_capability_statement",
    case(
        "tls.mutual", "TLS 1.2 with the proxy's client certificate is served, and the certificate is asked for",
        "STU3-SEC-001 DSTU2-SEC-006", faults="tls.no-tls12",
        mend="Enable TLS 1.2 and ask every client for its certificate in the handshake.",
    ),
    why="All exchanges use TLS 1.2 with mutual authentication.",
    wire=True,
)  # fmt: skip

NO_CERTIFICATE = table(
    "get_capability_statement",
    case(
        "tls.no-certificate", "Without a client certificate not even the capability statement is shown",
        "STU3-SEC-007 STU3-SEC-017 DSTU2-SEC-001 DSTU2-SEC-002", faults="tls.open-metadata tls.accepts-no-certificate",
        request="metadata",
    ),
    case(
        "tls.no-certificate-data", "Without a client certificate no patient is shown",
        "STU3-SEC-007 STU3-SEC-017 DSTU2-SEC-001 DSTU2-SEC-002", faults="tls.accepts-no-certificate", request="patient",
    ),
    why=_WHY,
    mend="Demand a client certificate for every path, in the handshake rather than in rules for single paths.",
    wire=True,
)  # fmt: skip

BAD = table(
    "get_capability_statement",
    case(
        "tls.self-signed", "A client certificate that no authority issued is turned away",
        "STU3-SEC-009 DSTU2-SEC-009", pair="self_signed", faults="tls.accepts-self-signed",
        mend="Trust the Spine's root and sub authorities only, never a certificate for being there.",
    ),
    case(
        "tls.other-authority", "A client certificate of an authority outside the Spine is turned away",
        "STU3-SEC-009 DSTU2-SEC-009", pair="other_authority", faults="tls.accepts-other-authority",
        mend="Trust the Spine's root and sub authorities only, not the authorities of the operating system.",
    ),
    case(
        "tls.expired", "A client certificate that has expired is turned away", "STU3-SEC-010 DSTU2-SEC-010",
        pair="expired", faults="tls.accepts-expired", mend="Check the dates of client certificates.",
    ),
    case(
        "tls.not-yet-valid", "A client certificate whose time has not begun is turned away",
        "STU3-SEC-012 DSTU2-SEC-010", pair="not_yet_valid", faults="tls.accepts-not-yet-valid",
        mend="Check the dates of client certificates.",
    ),
    case(
        "tls.revoked", "A client certificate that was revoked is turned away", "STU3-SEC-010 DSTU2-SEC-010",
        pair="revoked", faults="tls.accepts-revoked",
        mend="Load the authority's revocation list, renew it, and refuse what it names; OpenSSL does not do so by itself.",
    ),
    case(
        "tls.wrong-name", "A Spine client certificate that names another host than the proxy is turned away",
        "STU3-SEC-008 STU3-SEC-011 DSTU2-SEC-001 DSTU2-SEC-011", pair="wrong_name", faults="tls.accepts-wrong-name",
        mend="Compare the name in the client certificate with the proxy's; a valid chain alone lets every Spine system in.",
    ),
    case(
        "tls.wrong-usage", "A certificate that may not be used for clients is turned away",
        "STU3-SEC-012 DSTU2-SEC-009", pair="wrong_usage", faults="tls.accepts-wrong-usage",
        mend="Check the extended key usage: client authentication must be among it.",
    ),
    why=_WHY,
    wire=True,
)  # fmt: skip


@scenarios(MUTUAL)
def test_mutual(scene: Scene, case: Case) -> None:
    place = place_of(scene)
    if scene.config.tls.certificate is None:
        scene.cannot("the configuration names no client certificate (tls.certificate)", Blame.CONFIGURATION)
    request = plain_request(scene.requests.capability(), scene.config.provider.root, place)
    seen = knock(place, presenting(scene, _own(scene), "TLS 1.2"), request)
    details = {"location": "TLS 1.2 with the client certificate", "found": seen.how, "expected": "200"}
    if seen.sight is Sight.UNCLEAR:
        scene.cannot(f"TLS 1.2 can be neither found nor missed: {seen.how}", Blame.ENVIRONMENT)
    elif seen.sight is Sight.REFUSED or seen.status != 200:
        scene.fail("TLS 1.2 with the configured client certificate is not served", **details, code="tls-not-served")
        return
    if not ordinary(scene, place).asks_certificate:
        scene.warn(
            "no client certificate is asked for in the handshake", location="TLS 1.2 handshake",
            found="no CertificateRequest", expected="CertificateRequest", code="tls-no-request",
        )  # fmt: skip


def _own(scene: Scene) -> KeyPair:
    tls = scene.config.tls
    assert tls.certificate is not None
    return KeyPair(tls.certificate, tls.key)


@scenarios(NO_CERTIFICATE)
def test_no_certificate(scene: Scene, case: Case) -> None:
    place_of(scene)
    if case["request"] == "metadata":
        request = scene.requests.capability()
    else:
        system = scene.edition.systems("nhs_number")[0]
        request = scene.requests.find("find_patient", system, scene.patient().nhs_number)
    expect_turned_away(scene, None, request)


@scenarios(BAD)
def test_bad_certificate(scene: Scene, case: Case) -> None:
    place_of(scene)
    expect_turned_away(scene, negative(scene, case["pair"]), scene.requests.capability())
