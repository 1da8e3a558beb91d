"""Made-up runs for the tests and pictures of the reports: a lifelike one, a hostile one and a large one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from conformance.core.exchange import Exchange, TransportFailure
from conformance.core.results import Blame, Finding, RunInfo, RunResult, ScenarioResult, Severity, Verdict
from conformance.evidence.writer import EvidenceWriter

NHS_NUMBER = "9476719931"
TOKEN = (
    "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0."
    "eyJpc3MiOiJodHRwczovL2NvbnN1bWVyLmV4YW1wbGUiLCJyZXF1ZXN0ZWRfcmVjb3JkIjp7InJlc291cmNlVHlwZSI6IlBhdGllbnQiLCJpZGVudGlmaWVy"
    "IjpbeyJ2YWx1ZSI6Ijk0NzY3MTk5MzEifV19fQ."
)
BASE = "https://gp.example/A82648/STU3/1/gpconnect"
INTERACTIONS = ("search-slots", "book", "retrieve", "read", "amend", "cancel")
HOSTILE = (
    "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>]]>&amp;<!--\x00\x07\x1b[31m\x85\ufffe"
    "\u202egnp.exe\u202c\u2066\u200b</pre></details></body>{{ 7*7 }}\ud800"
)

RUN = RunInfo(
    id="20261122T101500-7f3a",
    edition="stu3",
    edition_title="GP Connect Appointment Management 1.2.7 (FHIR STU3)",
    provider=BASE,
    started="2026-11-22T10:15:00+00:00",
    finished="2026-11-22T10:15:14+00:00",
    tool_version="0.1.0",
    complete=True,
    subject={
        "supplier": "Example Clinical Systems Ltd",
        "product": "Example GP",
        "version": "12.4.1",
        "environment": "INT-3",
        "assurer": "A. Assurer, Example Assurance",
    },
    settings={
        "Definitions": "shipped with the tool (stu3)",
        "Through the Spine proxy": "no",
        "Test window": "2026-11-23 to 2026-12-04",
    },
    notices=(
        Finding(
            "The provider's clock differs from this machine's by 74 seconds.",
            Severity.WARN,
            "Date",
            "2026-11-22T10:16:14Z",
            "2026-11-22T10:15:00Z",
            blame=Blame.ENVIRONMENT,
            code="clock-skew",
        ),
    ),
)


def exchange(number: int, interaction: str = "book", **changes: object) -> Exchange:
    """Return an exchange that looks like the real thing."""
    appointment = {
        "resourceType": "Appointment",
        "id": str(number),
        "meta": {"versionId": "1", "profile": ["https://fhir.nhs.uk/STU3/StructureDefinition/GPConnect-Appointment-1"]},
        "status": "booked",
        "start": "2026-11-24T09:00:00+00:00",
        "end": "2026-11-24T09:10:00+00:00",
        "participant": [{"actor": {"reference": "Patient/2", "display": "Meakin"}, "status": "accepted"}],
    }
    given: dict[str, object] = {
        "number": number,
        "interaction": interaction,
        "label": "book one free slot",
        "method": "POST",
        "url": f"{BASE}/Appointment",
        "request_headers": (
            ("Authorization", f"Bearer {TOKEN}"),
            ("Content-Type", "application/fhir+json"),
            ("Ssp-InteractionID", "urn:nhs:names:services:gpconnect:fhir:rest:create:appointment-1"),
            ("Ssp-TraceID", f"09a01679-2564-0fb4-5129-{number:012d}"),
        ),
        "request_body": json.dumps(appointment).encode(),
        "started": "2026-11-22T10:15:01.120+00:00",
        "elapsed_ms": 41.7,
        "status": 201,
        "reason": "Created",
        "http_version": "HTTP/1.1",
        "response_headers": (
            ("Content-Type", "application/fhir+json;charset=utf-8"),
            ("Cache-Control", "no-store"),
            ("Location", f"{BASE}/Appointment/{number}"),
        ),
        "response_body": json.dumps(appointment).encode(),
    }
    return Exchange(**(given | changes))  # type: ignore[arg-type]


def scenario(name: str, verdict: Verdict = Verdict.PASS, **changes: object) -> ScenarioResult:
    """Return a scenario's result; `name` is `interaction.rest`."""
    given: dict[str, object] = {
        "id": name,
        "title": "A free slot can be booked",
        "edition": "stu3",
        "interaction": name.partition(".")[0],
        "level": "SHALL",
        "basis": "text",
        "requirements": ("GPC-APPT-BOOK-01",),
        "verdict": verdict,
        "duration_ms": 48.2,
        "why": "A consumer relies on the booking to be stored as it was asked for.",
        "fix": "Answer 201 with the stored appointment and its Location.",
        "faults": ("book-wrong-status",),
    }
    return ScenarioResult(**(given | changes))  # type: ignore[arg-type]


def recorded(run: RunInfo, *scenarios: ScenarioResult) -> RunResult:
    """Return a run of scenarios that were given whole exchanges, in place of the numbers that a result has."""
    seen: dict[int, Exchange] = {}
    numbered = []
    for one in scenarios:
        exchanges: tuple[Exchange, ...] = one.exchanges  # type: ignore[assignment]
        seen.update((exchange.number, exchange) for exchange in exchanges)
        numbered.append(replace(one, exchanges=tuple(exchange.number for exchange in exchanges)))
    return RunResult(run, tuple(numbered), seen)


def write(writer: EvidenceWriter, result: RunResult) -> None:
    """Write a run's scenarios, each with the exchanges that no earlier one has."""
    written: set[int] = set()
    for one in result.scenarios:
        for number in one.exchanges:
            if number not in written:
                written.add(number)
                writer.exchange(result.exchanges[number])
        writer.scenario(one)


def lifelike() -> RunResult:
    """Return a run with each verdict, the kinds of finding, and exchanges shared by a sweeping scenario."""
    return recorded(RUN, *_lifelike())


def _lifelike() -> Iterator[ScenarioResult]:
    yield scenario(
        "find-patient.by-nhs-number",
        title="A patient is found by NHS number",
        requirements=("GPC-PAT-FIND-01",),
        exchanges=(exchange(1, "find-patient", method="GET", url=_patient_url(), request_body=b"", **_patient()),),
    )
    yield from (_search_scenario(number) for number in range(2, 12))
    booked = exchange(12)
    yield scenario("book.one-slot", exchanges=(booked,), contradictions=("Two pages give different descriptions.",))
    yield _double_booking()
    yield _wrong_code()
    yield scenario(
        "book.description-kept",
        Verdict.WARN,
        title="A description of 600 characters is kept whole",
        level="SHOULD",
        requirements=("GPC-APPT-BOOK-17",),
        findings=(
            Finding(
                "the description came back shortened",
                Severity.WARN,
                "Appointment.description",
                "255 characters",
                "600 characters, or a refusal",
                exchange=17,
                code="text-truncated",
            ),
        ),
        exchanges=(exchange(17),),
    )
    yield scenario(
        "read.version-header",
        Verdict.WARN,
        title="The ETag carries the version",
        basis="derived",
        findings=(
            Finding("ETag is a strong one", Severity.WARN, "ETag", '"1"', 'W/"1"', exchange=18, code="etag-form"),
        ),
        requirements=("GPC-APPT-READ-04",),
        exchanges=(exchange(18, "read", method="GET", url=f"{BASE}/Appointment/12", request_body=b"", status=200),),
    )
    yield scenario("read.by-id", exchanges=(exchange(19, "read", method="GET", request_body=b"", status=200),))
    yield scenario(
        "amend.past",
        Verdict.SKIP,
        title="A past appointment is not amended",
        reason="The provider has no past appointment.",
    )
    yield scenario(
        "http.ssp-headers",
        Verdict.OMIT,
        title="A request without Ssp-TraceID is refused",
        reason="A Spine proxy stands in front.",
    )
    yield _unreachable()
    yield scenario("cancel.with-reason", exchanges=(exchange(21, "cancel", method="PUT", status=200),))
    yield scenario(
        "http.cache-control",
        title="Every answer forbids caching",
        requirements=("GPC-HTTP-07",),
        exchanges=(booked,),
    )


def _patient_url() -> str:
    return f"{BASE}/Patient?identifier=https%3A%2F%2Ffhir.nhs.uk%2FId%2Fnhs-number%7C{NHS_NUMBER}"


def _patient() -> dict[str, object]:
    patient = {
        "resourceType": "Patient",
        "id": "2",
        "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": NHS_NUMBER}],
        "name": [{"use": "official", "family": "Meakin", "given": ["Mike"]}],
        "birthDate": "1927-06-19",
    }
    return {"status": 200, "reason": "OK", "response_body": json.dumps(patient).encode()}


def _search_scenario(number: int) -> ScenarioResult:
    slots = {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [{"resource": {"resourceType": "Slot", "status": "free"}}],
    }
    seen = exchange(
        number,
        "search-slots",
        label="valid search",
        method="GET",
        url=f"{BASE}/Slot?start=ge2026-11-23&end=le2026-12-0{number % 9 + 1}&status=free&_include=Slot:schedule",
        request_body=b"",
        status=200,
        reason="OK",
        response_body=json.dumps(slots).encode(),
    )
    return scenario(
        f"search-slots.window-{number}",
        title=f"A window of {number} days finds the free slots in it",
        requirements=("GPC-APPT-SLOT-02",),
        exchanges=(seen,),
    )


def _double_booking() -> ScenarioResult:
    return scenario(
        "book.double",
        Verdict.FAIL,
        title="Two simultaneous bookings of one slot: exactly one wins",
        requirements=("GPC-APPT-BOOK-09", "GPC-ERR-12"),
        findings=(
            Finding(
                "both bookings of the same slot were accepted",
                Severity.FAIL,
                "status",
                "201 and 201",
                "one 201 and one 409 with DUPLICATE_REJECTED",
                "GPC-APPT-BOOK-09",
                code="double-booking",
                exchange=14,
                evidence="Appointments 13 and 14 name the same slot and both are booked on a later read.",
            ),
        ),
        why="Two patients would come for the same appointment.",
        fix="Take the slot and store the appointment in one transaction; refuse the second with 409.",
        contradictions=(
            "One page names 409 and another 422 for a slot that has just been taken; either was accepted.",
        ),
        exchanges=(exchange(13), exchange(14)),
    )


def _wrong_code() -> ScenarioResult:
    outcome = (
        '<OperationOutcome xmlns="http://hl7.org/fhir"><issue><severity value="error"/><code value="processing"/>'
        '<diagnostics value="java.lang.NullPointerException at uk.example.Booking"/></issue></OperationOutcome>'
    )
    return scenario(
        "book.unknown-slot",
        Verdict.FAIL,
        title="Booking an unknown slot is refused",
        requirements=("GPC-APPT-BOOK-11",),
        findings=(
            Finding("wrong status", found="500", expected="422", location="status", exchange=15, code="status"),
            Finding(
                "the issue has no GP Connect error code",
                location="OperationOutcome.issue[0].details.coding[0].code",
                found="nothing",
                expected="INVALID_RESOURCE",
                requirement="GPC-ERR-03",
                exchange=15,
                code="error-code",
            ),
            Finding(
                "a stack trace is shown to the consumer",
                Severity.WARN,
                "OperationOutcome.issue[0].diagnostics",
                "java.lang.NullPointerException at uk.example.Booking",
                "a sentence for a person",
                exchange=15,
                code="stack-trace",
            ),
        ),
        exchanges=(
            exchange(
                15,
                label="book: slot unknown",
                deviant=True,
                status=500,
                reason="Internal Server Error",
                response_headers=(("Content-Type", "application/fhir+xml"),),
                response_body=outcome.encode(),
            ),
        ),
    )


def _unreachable() -> ScenarioResult:
    failed = exchange(
        20,
        "retrieve",
        method="GET",
        request_body=b"",
        status=None,
        reason="",
        http_version="",
        response_headers=(),
        response_body=b"",
        failure=TransportFailure("timeout", "no answer within 30 s"),
    )
    return scenario(
        "retrieve.no-dates",
        Verdict.ERROR,
        title="All future appointments are found without dates",
        reason="The provider did not answer.",
        findings=(Finding("no answer within 30 s", blame=Blame.ENVIRONMENT, exchange=20, code="timeout"),),
        exchanges=(failed,),
    )


def hostile() -> RunResult:
    """Return a run in which every text a provider or a configuration can influence is hostile."""
    finding = Finding(
        HOSTILE, Severity.FAIL, HOSTILE, HOSTILE, HOSTILE, "GPC-X", evidence=HOSTILE, code="x", exchange=1
    )
    seen = exchange(
        1,
        label=HOSTILE,
        method=HOSTILE,
        url=f"https://x/{HOSTILE}",
        request_headers=((HOSTILE, HOSTILE),),
        request_body=HOSTILE.encode("utf-8", "surrogatepass"),
        reason=HOSTILE,
        http_version=HOSTILE,
        response_headers=((HOSTILE, HOSTILE),),
        response_body=HOSTILE.encode("utf-8", "surrogatepass"),
        failure=TransportFailure("protocol", HOSTILE),
    )
    texts = {"title": HOSTILE, "reason": HOSTILE, "why": HOSTILE, "fix": HOSTILE, "traceback": HOSTILE}
    bad = [
        scenario(
            f"book.{verdict}",
            verdict,
            findings=(finding,),
            exchanges=(replace(seen, number=number),),
            contradictions=(HOSTILE,),
            **texts,
        )
        for number, verdict in enumerate(Verdict, start=1)
    ]
    bad.append(scenario(HOSTILE, Verdict.FAIL, interaction=HOSTILE, requirements=(HOSTILE,), faults=(HOSTILE,)))
    everything = dict.fromkeys(("supplier", "product", "version", "environment", "assurer", HOSTILE), HOSTILE)
    run = replace(RUN, provider=HOSTILE, subject=everything, settings={HOSTILE: HOSTILE}, notices=(finding,))
    return recorded(run, *bad)


def large(scenarios: int = 600, exchanges: int = 3) -> RunResult:
    """Return a run of the size of a full suite, with bodies of about 4 kB."""
    entry = {"resource": {"resourceType": "Slot", "status": "free", "start": "2026-11-24T09:00:00+00:00", "id": "1584"}}
    body = json.dumps({"resourceType": "Bundle", "type": "searchset", "entry": [entry] * 34}).encode()
    verdicts = [Verdict.PASS] * 17 + [Verdict.FAIL, Verdict.WARN, Verdict.SKIP]
    made = []
    for number in range(scenarios):
        seen = tuple(exchange(1 + number * exchanges + step, response_body=body) for step in range(exchanges))
        verdict = verdicts[number % len(verdicts)]
        findings = (Finding("wrong status", found="500", expected="422", location="status", exchange=seen[0].number),)
        made.append(
            scenario(
                f"{INTERACTIONS[number % 6]}.case-{number}",
                verdict,
                exchanges=seen,
                findings=findings if verdict in {Verdict.FAIL, Verdict.WARN} else (),
                requirements=(f"GPC-APPT-{number % 90:03d}",),
            )
        )
    return recorded(RUN, *made)
