"""The bearer token, claim by claim: absent, null, empty, of a wrong type or resource, with a wrong value."""

from __future__ import annotations

from typing import Any

from conformance.consumer.request_mutations import claim, claim_in, claim_renamed, claim_without
from conformance.engine.context import ScenarioContext
from conformance.engine.scenario import Case, scenarios, table
from conformance.scenarios.steps.jwt import (
    EITHER,
    LENIENT,
    REFUSED,
    SCOPE,
    WRONG_RESOURCE,
    claim_added,
    drop,
    for_claim,
    of_user,
    row,
    scope_swapped,
)
from conformance.scenarios.steps.refusals import send_refused

# The claims with the requirement of STU3 on each, the fault that lets it be missing, and an empty value.
CLAIMS: dict[str, tuple[str, str, Any]] = {
    "iss": ("STU3-JWT-007", "iss", ""),
    "sub": ("STU3-JWT-008", "sub", ""),
    "aud": ("STU3-JWT-009", "aud", ""),
    "exp": ("STU3-JWT-010", "exp", ""),
    "iat": ("STU3-JWT-011", "iat", ""),
    "reason_for_request": ("STU3-JWT-012", "reason", ""),
    "requested_scope": ("STU3-JWT-013", "scope", ""),
    "requesting_device": ("STU3-JWT-014", "device", {}),
    "requesting_organization": ("STU3-JWT-015", "organization", {}),
    "user": ("STU3-JWT-016", "user", {}),
}
_PHRASES = {"user": "the claim that identifies the user"}


def _phrase(name: str) -> str:
    return _PHRASES.get(name, f"the claim {name}")


def _absent(short: str) -> list[dict[str, Any]]:
    return [
        row(
            short,
            f"without-{fault}",
            f"whose token lacks {_phrase(name)} is refused",
            f"{stu3} DSTU2-JWT-017",
            change=drop(name),
            expect=REFUSED,
            faults=f"jwt.accepts-missing-{fault}",
        )
        for name, (stu3, fault, _) in CLAIMS.items()
    ]


def _null(short: str) -> list[dict[str, Any]]:
    return [
        row(
            short,
            f"null-{fault}",
            f"whose token has null for {_phrase(name)} is refused",
            f"{stu3} DSTU2-JWT-018",
            change=for_claim(name, lambda path: claim(path, None)),
            expect=REFUSED,
            faults=f"jwt.accepts-missing-{fault}",
        )
        for name, (stu3, fault, _) in CLAIMS.items()
    ]


def _empty(short: str) -> list[dict[str, Any]]:
    return [
        row(
            short,
            f"empty-{fault}",
            f"whose token has an empty value for {_phrase(name)} is refused",
            f"{stu3} DSTU2-JWT-018",
            change=for_claim(name, lambda path, empty=empty: claim(path, empty)),  # type: ignore[misc]
            expect=REFUSED if empty == "" else WRONG_RESOURCE,
            faults=f"jwt.accepts-missing-{fault}",
        )
        for name, (stu3, fault, empty) in CLAIMS.items()
    ]


def _typed(short: str) -> list[dict[str, Any]]:
    wrong: tuple[tuple[str, str, Any, str], ...] = (
        ("iss", "number", 42, "STU3-JWT-007"),
        ("sub", "array", ["a", "b"], "STU3-JWT-008"),
        ("aud", "number", 42, "STU3-JWT-009"),
        ("reason_for_request", "array", ["directcare"], "STU3-JWT-012 STU3-JWT-029"),
        ("requested_scope", "number", 42, "STU3-JWT-013 DSTU2-JWT-020"),
        ("requested_scope", "array", ["organization/*.read"], "STU3-JWT-013 DSTU2-JWT-020"),
        ("requesting_device", "text", "a device", "STU3-JWT-014 STU3-JWT-037"),
        ("requesting_organization", "array", [], "STU3-JWT-015 STU3-JWT-037"),
    )
    return [
        row(
            short,
            f"{CLAIMS[name][1]}-as-{kind}",
            f"whose token has a JSON {kind} for {_phrase(name)} is refused",
            f"{verifies} DSTU2-JWT-018",
            change=claim(name, value),
            expect=WRONG_RESOURCE if name.startswith("requesting") else REFUSED,
            faults=f"jwt.accepts-missing-{CLAIMS[name][1]}",
        )
        for name, kind, value, verifies in wrong
    ]


def _renamed(short: str) -> list[dict[str, Any]]:
    return [
        row(
            short,
            "iss-in-capitals",
            "whose token has ISS in place of iss is refused",
            "STU3-JWT-007 DSTU2-JWT-019",
            change=claim_renamed("iss", "ISS"),
            expect=REFUSED,
            faults="jwt.accepts-missing-iss",
        ),
        row(
            short,
            "scope-capitalised",
            "whose token has Requested_Scope in place of requested_scope is refused",
            "STU3-JWT-013 DSTU2-JWT-019",
            change=claim_renamed("requested_scope", "Requested_Scope"),
            expect=REFUSED,
            faults="jwt.accepts-missing-scope",
        ),
    ]


def _times(short: str) -> list[dict[str, Any]]:
    values: tuple[tuple[str, str, Any], ...] = (
        ("text", "text", "abc"),
        ("date", "a date as text", "2035-01-01T00:00:00+00:00"),
        ("zero", "zero", 0),
        ("negative", "a negative number", -300),
    )
    return [
        *(
            row(
                short,
                f"exp-{name}",
                f"whose token has {value_type} for exp is refused",
                "STU3-JWT-021 DSTU2-JWT-018",
                change=claim("exp", value),
                expect=REFUSED,
                faults="jwt.accepts-missing-exp",
            )
            for name, value_type, value in values
        ),
        *(
            row(
                short,
                f"iat-{name}",
                f"whose token has {value_type} for iat is accepted or refused as the edition says",
                "STU3-JWT-021 DSTU2-JWT-018",
                change=claim("iat", value),
                expect={"stu3": EITHER["stu3"], "dstu2": REFUSED["dstu2"]},
                faults="jwt.iat-is-server-error dstu2:jwt.accepts-missing-iat",
            )
            for name, value_type, value in values
        ),
    ]


def _values(short: str) -> list[dict[str, Any]]:
    return [
        row(
            short,
            "sub-of-another",
            "whose token has different users in sub and in the claim that identifies the user is accepted or refused as "
            "the edition says",
            "STU3-JWT-025 DSTU2-JWT-025",
            change=claim("sub", "another-user"),
            expect=EITHER,
            faults="jwt.subject-is-server-error dstu2:jwt.accepts-other-subject",
        ),
        row(
            short,
            "aud-of-another",
            "whose token has the aud of another service is accepted or refused as the edition says",
            "STU3-JWT-027 DSTU2-JWT-018",
            change=claim("aud", "https://example.org/other"),
            expect=EITHER,
            faults="jwt.audience-is-server-error dstu2:jwt.accepts-other-audience",
        ),
        row(
            short,
            "aud-no-url",
            "whose token has an aud that is not a URL is accepted or refused as the edition says",
            "STU3-JWT-027 DSTU2-JWT-018",
            change=claim("aud", "notaurl"),
            expect=EITHER,
            faults="jwt.audience-is-server-error dstu2:jwt.accepts-other-audience",
        ),
        row(
            short,
            "reason-secondary-uses",
            "for the reason secondaryuses is refused",
            "STU3-JWT-029 DSTU2-JWT-024",
            change=claim("reason_for_request", "secondaryuses"),
            expect=REFUSED,
            faults="jwt.accepts-missing-reason",
        ),
        row(
            short,
            "reason-unknown",
            "for an unknown reason is refused",
            "STU3-JWT-029 DSTU2-JWT-024",
            change=claim("reason_for_request", "curiosity"),
            expect=REFUSED,
            faults="jwt.accepts-missing-reason",
        ),
        row(
            short,
            "reason-patient-facing",
            "for the reason patientfacing, which STU3 does not define, is refused",
            "STU3-JWT-029",
            change=claim("reason_for_request", "patientfacing"),
            expect=REFUSED,
            faults="jwt.accepts-patient-facing",
        ),
        row(
            short,
            "reason-in-capitals",
            "for the reason DirectCare is refused",
            "STU3-JWT-029 DSTU2-JWT-024",
            change=claim("reason_for_request", "DirectCare"),
            expect=LENIENT,
            faults="jwt.accepts-missing-reason",
        ),
    ]


def _scopes(short: str) -> list[dict[str, Any]]:
    return [
        row(
            short,
            "scope-nonsense",
            "with the scope foo/bar is refused",
            "STU3-JWT-013 STU3-JWT-031 DSTU2-JWT-020",
            change=claim("requested_scope", "foo/bar"),
            expect=REFUSED,
            faults="jwt.accepts-missing-scope",
        ),
        row(
            short,
            "scope-of-unknown-resource",
            "with the scope patient/Foo.read is refused, or scopes are not checked",
            "STU3-JWT-032 DSTU2-JWT-020",
            change=claim("requested_scope", "patient/Foo.read"),
            expect=SCOPE,
            faults="jwt.scope-is-server-error",
        ),
        row(
            short,
            "scope-of-other-right",
            "with a scope for the opposite access (read or write) is refused, or scopes are not checked",
            "STU3-JWT-032 DSTU2-JWT-020 DSTU2-SEC-015 DSTU2-SEC-016",
            change=scope_swapped(),
            expect=SCOPE,
            faults="jwt.scope-is-server-error",
        ),
        row(
            short,
            "scope-of-other-family",
            "with a scope of the other compartment (patient or organization) is refused, or scopes are not checked",
            "STU3-JWT-032 DSTU2-JWT-020 DSTU2-SEC-015 DSTU2-SEC-016",
            change=scope_swapped("same"),
            expect=SCOPE,
            faults="jwt.scope-is-server-error",
        ),
    ]


def _resources(short: str) -> list[dict[str, Any]]:
    def of_type(name: str, kind: str) -> Any:
        return for_claim(name, lambda path: claim_in(f"{path}.resourceType", kind))

    kinds = (
        ("device", "requesting_device", "Patient"),
        ("organization", "requesting_organization", "Practitioner"),
        ("user", "user", "Organization"),
    )
    return [
        *(
            row(
                short,
                f"{fault}-of-other-type",
                f"whose token has the resource {kind} in {_phrase(name)} is refused",
                "STU3-JWT-036 DSTU2-JWT-026",
                change=of_type(name, kind),
                expect=WRONG_RESOURCE,
                faults=f"jwt.accepts-missing-{fault}",
            )
            for fault, name, kind in kinds
        ),
        *(
            row(
                short,
                f"{fault}-of-no-type",
                f"whose token has a resource of type InvalidResourceType in {_phrase(name)} is refused",
                "STU3-JWT-036 DSTU2-JWT-026",
                change=of_type(name, "InvalidResourceType"),
                expect=WRONG_RESOURCE,
                faults=f"jwt.accepts-missing-{fault}",
            )
            for fault, name, _ in kinds
        ),
        row(
            short,
            "device-without-type",
            "whose token has a requesting_device without resourceType is refused",
            "STU3-JWT-036 DSTU2-JWT-026",
            change=claim_without("requesting_device.resourceType"),
            expect=WRONG_RESOURCE,
            faults="jwt.accepts-missing-device",
        ),
        row(
            short,
            "device-with-unknown-element",
            "whose token has a requesting_device with an element that FHIR does not define is refused",
            "STU3-JWT-037 DSTU2-JWT-026",
            change=claim_added("requesting_device", "favouriteColour", "blue"),
            expect=WRONG_RESOURCE,
            faults="jwt.accepts-missing-device",
        ),
        row(
            short,
            "device-with-number",
            "whose token has a requesting_device whose model is a number is refused",
            "STU3-JWT-037 DSTU2-JWT-026",
            change=claim_in("requesting_device.model", 1),
            expect=WRONG_RESOURCE,
            faults="jwt.accepts-missing-device",
        ),
        row(
            short,
            "organization-with-object",
            "whose token has a requesting_organization whose name is an object is refused",
            "STU3-JWT-037 DSTU2-JWT-026",
            change=claim_in("requesting_organization.name", {"value": "A"}),
            expect=WRONG_RESOURCE,
            faults="jwt.accepts-missing-organization",
        ),
        row(
            short,
            "user-with-text-for-name",
            "whose token has a user whose name is a string is refused",
            "STU3-JWT-037 DSTU2-JWT-026",
            change=of_user(lambda path: claim_in(f"{path}.name", "Dr Assessor")),
            expect=WRONG_RESOURCE,
            faults="jwt.accepts-missing-user",
        ),
    ]


_WHY = "Audit trails and access checks rely on every claim; an unchecked claim is worthless."
_FIX = (
    "Check that every claim of the edition is present, of the right type and has a known value. Return 400 BAD_REQUEST "
    "otherwise."
)

ABSENT = table(
    "",
    *(entry for short in ("metadata", "search", "book") for entry in _absent(short)),
    why=_WHY,
    fix=_FIX,
    wire=True,
)
BAD = table(
    "",
    *(entry for short in ("search", "book") for make in (_null, _times, _values, _scopes, _resources) for entry in make(short)),
    *(entry for make in (_empty, _typed, _renamed) for entry in make("search")),
    why=_WHY, fix=_FIX, wire=True,
)  # fmt: skip


@scenarios(ABSENT, BAD)
def test_claims(context: ScenarioContext, case: Case) -> None:
    send_refused(context, case["short"], context.parameter("expect"), case["change"])
