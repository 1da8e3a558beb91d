"""Rules for patients and practitioners, and for what refers to them: names, dates, registration, languages, references."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from conformance.checks.bundle_entries import Resource, Rule
from conformance.checks.check import Context
from conformance.checks.json_values import every, extensions, first, spelled
from conformance.consumer.response import Response
from conformance.core.results import Finding, Severity
from conformance.fhir.addresses import read_canonical, read_reference

_GENDERS = ("male", "female", "other", "unknown")


def full_urls(response: Response, context: Context) -> Iterator[Finding]:
    """Every entry has a fullUrl that ends with its resource's type and id (DSTU2-PAT-008).

    Samples of the edition have absolute and relative ones, with a version and without: all are accepted.
    """
    entries = [entry for entry in response.found_entries() if isinstance(entry, dict)]
    for entry in entries:
        wanted = f"{first(entry, 'resource.resourceType')}/{first(entry, 'resource.id')}"
        if read_reference(entry.get("fullUrl")).target != wanted:
            yield Finding(
                "an entry's fullUrl does not name its resource",
                location="Bundle.entry.fullUrl",
                found=str(entry.get("fullUrl") or "nothing"),
                expected=f"[base]/{wanted}",
                code="full-url",
            )


def shows_number(number: str) -> Rule:
    """The patient has exactly one NHS number, and it is this one (STU3-PAT-019, DSTU2-PAT-009)."""

    def rule(resource: Resource, context: Context) -> Iterator[Finding]:
        systems = context.edition.systems("nhs_number")
        found = [
            str(first(item, "value")) for item in every(resource, "identifier") if first(item, "system") in systems
        ]
        if found != [number]:
            yield Finding(
                "the patient does not show the NHS number requested, once",
                location="Patient.identifier",
                found=f"{len(found)} NHS numbers" if len(found) != 1 else "another NHS number",
                expected="the NHS number requested",
                code="nhs-number",
            )

    return rule


def verified_number(resource: Resource, context: Context) -> Iterator[Finding]:
    """The NHS number says by its extension that it was verified on PDS (STU3-RES-026, STU3-PAT-007)."""
    known = context.edition.extension("nhs_number_verification")
    systems = context.edition.systems("nhs_number")
    for item in every(resource, "identifier"):
        if first(item, "system") not in systems:
            continue
        found = extensions(item, *(known.accepted if known else ()))
        codes = [str(code) for ext in found for code in every(ext, "valueCodeableConcept.coding.code")]
        if codes != ["01"]:
            yield Finding(
                "the NHS number is not said to be present and verified",
                location="Patient.identifier.extension",
                found=", ".join(codes) or "nothing",
                expected="01",
                code="verification",
            )


def official_name(resource: Resource, context: Context) -> Iterator[Finding]:
    """The patient has exactly one official name, with family and given name (STU3-PAT-020)."""
    names = [name for name in every(resource, "name") if first(name, "use") == "official"]
    if len(names) != 1 or not first(names[0], "family") or not first(names[0], "given"):
        yield Finding(
            "the patient has not exactly one official name with family and given name",
            location="Patient.name",
            found=f"{len(names)} official names",
            expected="one, complete",
            code="name",
        )


def has_family(resource: Resource, context: Context) -> Iterator[Finding]:
    """Every name has a family name, and there is one at least (DSTU2-PAT-010)."""
    names = list(every(resource, "name"))
    if not names or not all(str(first(name, "family") or "").strip() for name in names):
        yield Finding(
            "a name without family name", location="name", found=f"{len(names)} names", expected="family", code="name"
        )


def birth_date(resource: Resource, context: Context) -> Iterator[Finding]:
    """The birth date is a whole date, yyyy-mm-dd, and not in the future (STU3-PAT-021, DSTU2-PAT-010)."""
    found = resource.get("birthDate")
    if not isinstance(found, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", found) or not _is_past(found, context):
        yield Finding(
            "the birth date is missing or no whole date",
            location="Patient.birthDate",
            found="nothing" if found is None else "a value of another form",
            expected="yyyy-mm-dd",
            code="birth-date",
        )


def _is_past(text: str, context: Context) -> bool:
    try:
        return date.fromisoformat(text) <= context.now().date()
    except ValueError:
        return False


def gender(resource: Resource, context: Context) -> Iterator[Finding]:
    """The gender is one of FHIR's four (STU3-PAT-022); DSTU2 requires it where it is recorded, where absence only warns."""
    found = resource.get("gender")
    if found not in _GENDERS:
        mild = found is None and not context.edition.capabilities.requires_gender
        yield Finding(
            "the gender is missing or none that FHIR knows",
            Severity.WARN if mild else Severity.FAIL,
            "gender",
            spelled(found),
            ", ".join(_GENDERS),
            code="gender",
        )


def gender_known(resource: Resource, context: Context) -> Iterator[Finding]:
    """The gender, where there is one, is one of FHIR's four (STU3-PRAC-010)."""
    if resource.get("gender") is not None:
        yield from gender(resource, context)


def alive_and_active(resource: Resource, context: Context) -> Iterator[Finding]:
    """A patient who is found does not say of themselves that they are inactive or deceased (STU3-PAT-007, DSTU2-PAT-006)."""
    if resource.get("active") is False or resource.get("deceasedBoolean") is True:
        yield Finding(
            "the patient found is inactive or deceased",
            location="Patient.active",
            found=f"active {spelled(resource.get('active'))}, deceased {spelled(resource.get('deceasedBoolean'))}",
            expected="an active patient",
            code="inactive",
        )
    if resource.get("deceasedDateTime") is not None:
        yield Finding(
            "the patient found has a date of death",
            Severity.WARN,
            "Patient.deceasedDateTime",
            "a date",
            "nothing",
            code="deceased",
        )


def lacks_extension(part: str) -> Rule:
    """No extension of the resource itself has a URL that ends so (STU3-PAT-026)."""

    def rule(resource: Resource, context: Context) -> Iterator[Finding]:
        found = [str(url) for url in every(resource, "extension.url") if str(url).endswith(part)]
        if found:
            yield Finding(
                "the extension must not be there",
                location="extension",
                found=found[0],
                expected="nothing",
                code="forbidden",
            )

    return rule


def details(resource: Resource, context: Context) -> dict[str, list[Any]]:
    """Return the parts of the registration details of a Patient by their names: lists of their values."""
    known = context.edition.extension("registration_details")
    parts: dict[str, list[Any]] = {}
    for extension in every(resource, "extension"):
        if known and read_canonical(first(extension, "url")).url in known.accepted:
            for part in every(extension, "extension"):
                found = part if isinstance(part, dict) else {}
                values = [value for key, value in found.items() if key.startswith("value")]
                parts.setdefault(str(first(part, "url")), []).extend(values)
    return parts


def registration_type(resource: Resource, context: Context) -> Iterator[Finding]:
    """The registration type is given by a code: T, or O with text that says what (STU3-REG-013, DSTU2-REG-008)."""
    found = details(resource, context).get("registrationType", [])
    codes = [str(code) for value in found for code in every(value, "coding.code")]
    if len(found) != 1 or not set(codes) & {"T", "O", "R"}:
        yield Finding(
            "the registration type is not given",
            location="Patient.extension(registrationDetails)",
            found=", ".join(codes) or "nothing",
            expected="T, or O with text",
            code="registration-type",
        )
    elif "O" in codes and not first(found, "text"):
        yield Finding(
            "registration type Other has no text",
            Severity.WARN,
            "Patient.extension(registrationDetails)",
            "O",
            "O with text",
            code="registration-type-text",
        )


def not_regular(resource: Resource, context: Context) -> Iterator[Finding]:
    """The registration is not a regular (GMS) one (STU3-REG-015)."""
    found = details(resource, context).get("registrationType", [])
    if "R" in [str(code) for value in found for code in every(value, "coding.code")]:
        yield Finding(
            "the patient was registered as a regular patient",
            location="Patient.extension(registrationDetails)",
            found="R",
            expected="T, or O with text",
            code="registration-regular",
        )


def registration_period(resource: Resource, context: Context) -> Iterator[Finding]:
    """The registration period says when it begins (DSTU2-REG-008)."""
    if not first(details(resource, context).get("registrationPeriod", []), "start"):
        yield Finding(
            "the registration period has no start",
            location="Patient.extension(registrationDetails)",
            found="nothing",
            expected="a Period with start",
            code="registration-period",
        )


def speaks(resource: Resource) -> list[dict[str, Any]]:
    """Return the extensions that say which languages a person speaks."""
    found = (item for item in every(resource, "extension") if isinstance(item, dict))
    return [item for item in found if str(item.get("url")).endswith("Extension-CareConnect-GPC-NHSCommunication-1")]


def languages_complete(resource: Resource, context: Context) -> Iterator[Finding]:
    """Every nhsCommunication says which language it is about (STU3-PAT-025, STU3-PRAC-010)."""
    for item in speaks(resource):
        parts = [part for part in every(item, "extension") if first(part, "url") == "language"]
        if len(parts) != 1 or not first(parts, "valueCodeableConcept.coding.code"):
            yield Finding(
                "nhsCommunication does not say which language",
                location="extension(nhsCommunication)",
                found=f"{len(parts)} languages",
                expected="one, coded",
                code="language",
            )


def contacts_named(resource: Resource, context: Context) -> Iterator[Finding]:
    """Every contact has a name and says in text what it is to the patient (STU3-RES-010)."""
    for contact in every(resource, "contact"):
        if not str(first(contact, "relationship.text") or "").strip():
            yield Finding(
                "a contact does not say what it is to the patient",
                location="Patient.contact.relationship.text",
                found="nothing",
                expected="text",
                code="contact-relationship",
            )
        if not first(contact, "name.family") and not first(contact, "name.text"):
            yield Finding(
                "a contact has no name",
                location="Patient.contact.name",
                found="nothing",
                expected="a name",
                code="contact-name",
            )


def telecom_uses(path: str) -> Rule:
    """Each telecom at a path says its use; an e-mail address without is worth a warning (STU3-RES-008)."""

    def rule(resource: Resource, context: Context) -> Iterator[Finding]:
        bare = [item for item in every(resource, path) if not first(item, "use")]
        if bare:
            mild = all(first(item, "system") == "email" for item in bare)
            yield Finding(
                "a telecom does not say its use",
                Severity.WARN if mild else Severity.FAIL,
                f"{path}.use",
                "nothing",
                "home, work, mobile or temp",
                code="telecom-use",
            )

    return rule


def displays(*paths: str) -> Rule:
    """The references at these paths have a display (DSTU2-FHIR-006; the samples differ, so it only warns)."""

    def rule(resource: Resource, context: Context) -> Iterator[Finding]:
        for path in paths:
            bare = [item for item in every(resource, path) if first(item, "reference") and not first(item, "display")]
            if bare:
                yield Finding(
                    "a reference has no display",
                    Severity.WARN,
                    f"{path}.display",
                    "nothing",
                    "a short name",
                    code="display",
                )

    return rule
