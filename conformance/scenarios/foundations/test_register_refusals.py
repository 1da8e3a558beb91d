"""Register a patient: requests that are refused, and people whom PDS does not clear. No patient is registered by them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from conformance.checks.json_values import every
from conformance.checks.operation_outcome import is_outcome
from conformance.config.model import Registration
from conformance.consumer.request import Change, Request
from conformance.consumer.request_mutations import (
    body_add,
    body_set,
    body_without,
    chain,
    method,
    no_body,
    path,
    raw_body,
)
from conformance.core.nhs_numbers import invalid_like
from conformance.core.results import Blame
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import Refusal, refused
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.refusals import expect_refused
from conformance.scenarios.steps.registration import (
    BAD_NUMBER,
    INVALID,
    NO_NUMBER,
    REGISTER,
    SENT,
    address,
    email,
    language,
    phone,
    request_for,
    unregistered,
)

Slip = Change | Callable[[Request, Registration], Change]

NO_VALUE = {
    "stu3": refused("INVALID_RESOURCE", also=["400 INVALID_NHS_NUMBER"],
                    because="An empty number may count as an invalid one."),
    "dstu2": NO_NUMBER["dstu2"],
}  # fmt: skip
TWO_NAMES = refused(
    "INVALID_RESOURCE", tolerated=["400 BAD_REQUEST", "2xx"],
    because="The page forbids the consumer a second official name and does not name it among the errors of a provider.",
)  # fmt: skip
NO_PARAMETERS = {
    "stu3": refused(
        "INVALID_RESOURCE", also=["400 BAD_REQUEST"], because="A body of another type may count as malformed."
    ),
    "dstu2": refused("BAD_REQUEST", also=["INVALID_RESOURCE"], because="No page says which."),
}


def _refused(name: str, words: str, verifies: str, slip: Slip, expect: Any, faults: str, **more: Any) -> dict[str, Any]:
    title = f"A registration {words} is refused and no patient is registered"
    return case(f"register.{name}", title, verifies, slip=slip, expect=expect, faults=faults, **more)


def _patient(request: Request) -> dict[str, Any]:
    body: Any = request.body
    return dict(body["parameter"][0]["resource"])


def _bare(request: Request, person: Registration) -> Change:
    return raw_body(json.dumps(_patient(request)).encode(), "a bare Patient for the Parameters")


_PRACTITIONER = {"resourceType": "Practitioner", "name": {"family": "Nobody"}}
_BOTH = "STU3-REG-024 DSTU2-REG-012"
_ERRS = "register.invalid-is-server-error"

FORM = table(
    REGISTER,
    _refused("bare-patient", "whose body is a Patient rather than Parameters", "STU3-REG-024 DSTU2-REG-015", _bare,
             NO_PARAMETERS, f"register.accepts-other-body {_ERRS}"),
    _refused("other-resource", "whose body is a Bundle", "STU3-REG-024 DSTU2-REG-015",
             raw_body(b'{"resourceType":"Bundle","type":"collection"}', "a Bundle for the Parameters"), NO_PARAMETERS, _ERRS),
    _refused("no-body", "without a body", "STU3-ERR-024 DSTU2-REG-015", no_body(),
             refused("BAD_REQUEST", also=["INVALID_RESOURCE"], because="No page says which."),
             "errors.empty-body-is-server-error"),
    _refused("not-json", "whose body is not JSON", "STU3-REG-024 DSTU2-ERR-001", raw_body(b"{registerPatient}", "no JSON"),
             refused("BAD_REQUEST", also=["INVALID_RESOURCE"], because="No page says which."),
             "errors.malformed-is-server-error"),
    _refused("empty-object", "whose body is an empty object", "STU3-REG-024 DSTU2-ERR-001 DSTU2-REG-012",
             raw_body(b"{}", "an empty object"), {"stu3": NO_PARAMETERS["stu3"], "dstu2": INVALID["dstu2"]},
             "register.invalid-is-200"),
    _refused("without-parameter", "whose Parameters are empty", _BOTH, body_without("parameter"), INVALID, _ERRS),
    _refused("other-parameter", "whose parameter name is misspelt", _BOTH, body_set("parameter.0.name", "registerPatients"),
             INVALID,
             _ERRS),
    _refused("parameter-in-other-case", "whose parameter name is in lower case", _BOTH,
             body_set("parameter.0.name", "registerpatient"), INVALID, _ERRS),
    _refused("two-parameters", "with the parameter registerPatient twice", _BOTH,
             lambda request, _person: body_add("parameter.1", {"name": "registerPatient", "resource": _patient(request)}),
             INVALID, f"{_ERRS} register.accepts-other-parameters"),
    _refused("another-parameter", "with another parameter in addition to registerPatient", "STU3-REG-024",
             body_add("parameter.1", {"name": "comment", "valueString": "Please hurry"}), INVALID,
             f"{_ERRS} register.accepts-other-parameters"),
    _refused("without-resource", "whose registerPatient is empty", _BOTH, body_without(SENT), INVALID,
             "register.invalid-is-200"),
    _refused("practitioner", "whose registerPatient contains a Practitioner", _BOTH, body_set(SENT, _PRACTITIONER), INVALID,
             "register.invalid-is-200"),
    why="A request that cannot be interpreted must not create a record.",
    fix="Require Parameters with exactly one registerPatient that contains a Patient; return 422 INVALID_RESOURCE.",
)  # fmt: skip

_NAME = f"{SENT}.name.0"
_NAMES = "register.accepts-missing-name"

PERSON = table(
    REGISTER,
    _refused("without-identifier", "without identifier", "STU3-REG-024 DSTU2-REG-013 DSTU2-ERR-027",
             body_without(f"{SENT}.identifier"), NO_NUMBER, _ERRS),
    _refused("identifier-without-system", "whose identifier has no system", "STU3-REG-024 DSTU2-REG-013",
             body_without(f"{SENT}.identifier.0.system"), NO_NUMBER, _ERRS),
    _refused("identifier-without-value", "whose identifier has no value", "STU3-REG-024 DSTU2-REG-013",
             body_without(f"{SENT}.identifier.0.value"), NO_VALUE, _ERRS),
    _refused("two-numbers", "with two NHS numbers", "STU3-REG-024 DSTU2-REG-013",
             lambda request, _person: body_add(f"{SENT}.identifier.1", {**_patient(request)["identifier"][0],
                                                                      "value": "9990012172"}), NO_NUMBER, _ERRS),
    _refused("without-birth-date", "without birth date", "STU3-REG-024", body_without(f"{SENT}.birthDate"), INVALID,
             f"{_ERRS} register.accepts-missing-birth-date"),
    _refused("without-any-birth-date", "without birth date", "DSTU2-REG-016", body_without(f"{SENT}.birthDate"), INVALID,
             f"{_ERRS} register.accepts-missing-birth-date"),
    _refused("british-birth-date", "whose birth date is written dd/mm/yyyy", _BOTH,
             lambda _request, person: body_set(f"{SENT}.birthDate", "/".join(reversed(person.birth_date.split("-")))), INVALID,
             "register.profile-is-server-error register.accepts-odd-values"),
    _refused("impossible-birth-date", "whose birth date is 31 February", _BOTH,
             body_set(f"{SENT}.birthDate", "1988-02-31"), INVALID,
             "register.profile-is-server-error register.accepts-odd-values"),
    _refused("odd-gender", "with a gender that FHIR does not define", _BOTH,
             lambda _request, person: (body_set if person.gender else body_add)(f"{SENT}.gender", "F"), INVALID,
             "register.profile-is-server-error register.accepts-odd-values"),
    _refused("unknown-element", "with an element that FHIR does not define", _BOTH, body_add(f"{SENT}.shoeSize", 42), INVALID,
             "stu3:register.accepts-prohibited dstu2:register.profile-is-server-error"),
    _refused("without-name", "without a name", "STU3-REG-024", body_without(f"{SENT}.name"), INVALID, _NAMES,
             noted="C-REG-CODES"),
    _refused("without-official-name", "whose only name is not official", "STU3-REG-024",
             body_set(f"{_NAME}.use", "usual"), INVALID, _NAMES, noted="C-REG-CODES"),
    _refused("two-official-names", "with two official names", "STU3-REG-024",
             lambda _request, _person: body_add(f"{SENT}.name.1", {"use": "official", "family": "Other", "given": ["One"]}),
             TWO_NAMES, _NAMES, accepted=True),
    _refused("without-family", "whose name has no family name", "STU3-REG-024", body_without(f"{_NAME}.family"), INVALID,
             "register.accepts-incomplete-name", noted="C-REG-CODES"),
    _refused("without-given", "whose name has no given name", "STU3-REG-024", body_without(f"{_NAME}.given"), INVALID,
             "register.accepts-incomplete-name"),
    why="A person can be traced on PDS only with NHS number, name and birth date.",
    fix="Validate the Patient before tracing on PDS; return 422 INVALID_RESOURCE and say in diagnostics what is missing.",
)  # fmt: skip


def _number(name: str, words: str, change: Callable[[str], str]) -> dict[str, Any]:
    return _refused(
        name,
        f"by an NHS number {words}",
        "STU3-REG-025 STU3-ERR-010 DSTU2-REG-013 DSTU2-ERR-008",
        lambda _request, person: body_set(f"{SENT}.identifier.0.value", change(person.nhs_number)),
        BAD_NUMBER,
        f"{_ERRS} register.accepts-bad-number",
    )


NUMBERS = table(
    REGISTER,
    _number("nine-digits", "of nine digits", lambda number: number[:9]),
    _number("eleven-digits", "of eleven digits", lambda number: f"{number}1"),
    _number("letters", "of letters", lambda _number: "ABCDEFGHIJ"),
    _number("wrong-check-digit", "whose check digit is wrong", invalid_like),
    _number("number-with-blanks", "with spaces", lambda number: f"{number[:3]} {number[3:6]} {number[6:]}"),
    why="A mistyped number creates a record for another person, or for no person.",
    fix="Require ten digits and a valid check digit; return 400 INVALID_NHS_NUMBER.",
)  # fmt: skip

_DETAILS = "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-CareConnect-GPC-RegistrationDetails-1"
_PROHIBITED: tuple[tuple[str, Any], ...] = (
    ("active", True),
    ("maritalStatus", {"text": "Married"}),
    ("multipleBirthBoolean", False),
    ("deceasedBoolean", False),
    ("photo", [{"title": "portrait"}]),
    ("contact", [{"name": {"use": "official", "family": "Kin"}, "relationship": [{"text": "Sister"}]}]),
    ("generalPractitioner", [{"reference": "Practitioner/1"}]),
    ("managingOrganization", {"reference": "Organization/1"}),
    ("communication", [{"language": {"text": "French"}}]),
    ("animal", {"species": {"text": "Cat"}}),
)
_IGNORED = refused(
    "INVALID_RESOURCE", also=["400 BAD_REQUEST"], because="The page does not say how a provider responds."
)

PROHIBITED = table(
    REGISTER,
    *(
        _refused(f"with-sent-{name.lower()}", f"that sends {name}", "STU3-REG-027", body_add(f"{SENT}.{name}", value), _IGNORED,
                 "register.accepts-prohibited")
        for name, value in _PROHIBITED
    ),
    _refused("with-sent-details", "that sends the registration details", "STU3-REG-027",
             body_add(f"{SENT}.extension", [{"url": _DETAILS, "extension": [
                 {"url": "registrationPeriod", "valuePeriod": {"start": "2020-01-01T00:00:00+00:00"}}]}]), _IGNORED,
             "register.accepts-registration-details"),
    why="Only the practice or PDS may set these: values from a consumer would overwrite the record.",
    fix="Refuse elements that the page forbids with 422 INVALID_RESOURCE; ignoring them silently misleads the sender.",
)  # fmt: skip


def _repeated(name: str, words: str, element: str, value: list[Any], fault: str) -> dict[str, Any]:
    return _refused(
        f"with-{name}", f"with {words}", "STU3-REG-028", body_add(f"{SENT}.{element}", value), _IGNORED, fault
    )


_ADDRESSES, _TELECOMS = "register.accepts-two-addresses", "register.accepts-two-telecoms"

REPEATED = table(
    REGISTER,
    _repeated("two-home-addresses", "two home addresses", "address", [address("home"), address("home", "2 Other Street")],
              _ADDRESSES),
    _repeated("two-temporary-addresses", "two temporary addresses", "address",
              [address("temp"), address("temp", "2 Other Street")], _ADDRESSES),
    _repeated("work-address", "a work address", "address", [address("work")], _ADDRESSES),
    _repeated("old-address", "an old address", "address", [address("old")], _ADDRESSES),
    *(
        _repeated(f"two-{use}-numbers", f"two telephone numbers of use {use}", "telecom",
                  [phone(use, "0113 496 0991"), phone(use, "0113 496 0992")], _TELECOMS)
        for use in ("home", "work", "mobile", "temp")
    ),
    _repeated("two-emails", "two e-mail addresses", "telecom", [email("one@mail.example"), email("two@mail.example")],
              _TELECOMS),
    _repeated("two-languages", "two languages", "extension", [language(), language("de", "German")],
              "register.accepts-two-languages"),
    why="The practice cannot know which of two is right and would use the wrong one.",
    fix="Accept one home and one temporary address, one number of each use, one e-mail address and one language.",
)  # fmt: skip


@scenarios(FORM, PERSON, NUMBERS, PROHIBITED, REPEATED)
def test_refused(context: ScenarioContext, case: Case) -> None:
    person = unregistered(context)
    request = request_for(context, person)
    slip: Slip = case["slip"]
    response = context.send(request, slip if isinstance(slip, Change) else slip(request, person))
    expect_refused(context, response, context.parameter("expect"))
    if not (case.get("accepted") and response.status == 200):  # what may be accepted may be carried out
        context.effects.not_registered(person.nhs_number)


# People whom PDS does not clear


def _pds(name: str, words: str, verifies: str, expect: Any, faults: str, **more: Any) -> dict[str, Any]:
    return case(
        f"register.{name}",
        f"A registration of {words} is refused",
        verifies,
        expect=expect,
        faults=faults,
        refused=more.pop("refused", name),
        **more,
    )


_TRACE = {
    "stu3": refused("INVALID_PATIENT_DEMOGRAPHICS"),
    "dstu2": refused(
        "INVALID_PATIENT_DEMOGRAPHICS", also=["PATIENT_NOT_FOUND"], because="Page and spreadsheet differ."
    ),
}

PDS = table(
    REGISTER,
    _pds("deceased", "a person who is deceased on PDS", "STU3-REG-019", _TRACE, "register.accepts-deceased"),
    _pds("sensitive", "a person whom PDS flags as sensitive", "STU3-REG-021",
         refused("INVALID_PATIENT_DEMOGRAPHICS", also=["PATIENT_NOT_FOUND"], because="Pages differ on sensitive patients."),
         "register.accepts-sensitive", noted="C-SFLAG"),
    _pds("superseded", "a person whose NHS number was superseded on PDS", "STU3-REG-022", refused("INVALID_NHS_NUMBER"),
         "register.accepts-superseded"),
    _pds("invalid", "a person whose NHS number is marked invalid on PDS", "STU3-REG-022", refused("INVALID_NHS_NUMBER"),
         "register.accepts-superseded"),
    _pds("not-on-pds", "a person unknown to PDS", "STU3-REG-020 STU3-ERR-011 DSTU2-REG-014 DSTU2-ERR-006", _TRACE,
         "register.accepts-unknown register.untraced-is-not-found"),
    why="PDS is the authority on identity: a record that contradicts it endangers the patient.",
    fix="Trace and verify on PDS before registering; return the error of the page and store nothing.",
)  # fmt: skip


@scenarios(PDS)
def test_pds(context: ScenarioContext, case: Case) -> None:
    people = [person for person in context.config.data.registrations if person.refused == case["refused"]]
    if not people:
        context.cannot(f"the configuration names no person to register who is {case['refused']}", Blame.CONFIGURATION)
    person = people[0]
    before = context.effects.registrations(person.nhs_number)
    expect_refused(context, context.send(request_for(context, person)), context.parameter("expect"))
    context.effects.not_registered(person.nhs_number, before)


MISMATCH = table(
    REGISTER,
    case("register.other-birth-date", "A registration of a person whose birth date and name differ from PDS is refused",
         "STU3-REG-020 STU3-ERR-011 DSTU2-REG-014 DSTU2-ERR-006", faults="register.accepts-unverified"),
    why="The number may belong to another person: only name and birth date reveal it.",
    fix="Compare birth date and name with PDS; return 400 INVALID_PATIENT_DEMOGRAPHICS.",
)  # fmt: skip


@scenarios(MISMATCH)
def test_mismatch(context: ScenarioContext, case: Case) -> None:
    person = unregistered(context)
    family: Any = ["Zzyzx"] if context.edition.capabilities.family_names_are_lists else "Zzyzx"
    response = context.send(
        request_for(context, person),
        chain(
            body_set(f"{SENT}.birthDate", "1911-11-21"),
            body_set(f"{_NAME}.family", family),
            body_set(f"{_NAME}.given", ["Quentin"]),
        ),
    )
    expect_refused(context, response, context.edition.pick(_TRACE))
    context.effects.not_registered(person.nhs_number)


# Diagnostics and addresses

_WRONG: tuple[tuple[str, Change], ...] = (
    ("no birth date", body_without(f"{SENT}.birthDate")),
    ("a misspelt parameter", body_set("parameter.0.name", "registerPatients")),
    ("an NHS number of letters", body_set(f"{SENT}.identifier.0.value", "ABCDEFGHIJ")),
)

DIAGNOSTICS = table(
    REGISTER,
    case("register.diagnostics", "The refusal of a registration explains the error in its diagnostics",
         "STU3-REG-026 STU3-ERR-023",
         faults="register.error-without-diagnostics"),
    why="Without it a developer has to guess which element of the Patient is wrong.",
    fix="Name the parameter or element in issue.diagnostics.",
)  # fmt: skip


@scenarios(DIAGNOSTICS)
def test_diagnostics(context: ScenarioContext, case: Case) -> None:
    person = unregistered(context)
    for words, slip in _WRONG:
        response = context.send(request_for(context, person), slip)
        context.need(response, is_outcome, what=f"{words} is not refused")
        diagnostics = list(every(response.value, "issue.diagnostics"))
        if not any(isinstance(text, str) and text.strip() for text in diagnostics):
            context.findings.fail(
                f"the refusal of {words} does not explain the error",
                location="OperationOutcome.issue.diagnostics",
                found="nothing",
                expected="a sentence that names the parameter",
                exchange=response.number,
                code="diagnostics",
            )


_ANY: Refusal = refused(["NOT_IMPLEMENTED", "BAD_REQUEST"], also=["4xx", "501"], because="No page says which.")

ADDRESSES = table(
    REGISTER,
    case("register.other-operation", "A registration by an operation that does not exist is refused", "STU3-REG-035 "
         "DSTU2-ERR-019 DSTU2-ERR-001", slip=path("/Patient/$gpc.registerpatien"),
         faults="errors.not-implemented-is-200 errors.not-implemented-is-server-error"),
    case("register.of-instance", "A registration by the operation on a single patient is refused",
         "STU3-REG-035 DSTU2-ERR-019 DSTU2-ERR-001", slip=path("/Patient/1/$gpc.registerpatient"),
         faults="errors.not-implemented-is-200 errors.not-implemented-is-server-error"),
    case("register.by-get", "A registration by GET is refused", "STU3-REG-035 STU3-ERR-025 DSTU2-ERR-023",
         slip=chain(method("GET"), no_body()), faults="errors.wrong-verb-is-200 errors.wrong-verb-is-server-error"),
    why="A wrong URL is a consumer's mistake that must be reported, and must not register a patient.",
    fix="Return 400, 404, 405 or 501 with an OperationOutcome.",
    expect=_ANY,
)  # fmt: skip


@scenarios(ADDRESSES)
def test_addresses(context: ScenarioContext, case: Case) -> None:
    person = unregistered(context)
    expect_refused(context, context.send(request_for(context, person), case["slip"]), context.parameter("expect"))
    context.effects.not_registered(person.nhs_number)
