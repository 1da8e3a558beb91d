"""Checks of a capability (STU3) or conformance (DSTU2) statement: what it must declare."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from conformance.checks.check import Check, Context
from conformance.checks.json_values import every, first, spelled
from conformance.consumer.response import Response
from conformance.core.results import Finding, Severity
from conformance.fhir.addresses import read_canonical

_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2}(T.+)?)?)?")


def _missing(path: str, found: object, expected: str, message: str, severity: Severity = Severity.FAIL) -> Finding:
    return Finding(message, severity, path, spelled(found), expected, code="statement")


def has(*paths: str, severity: Severity = Severity.FAIL) -> Check:
    """There is a value at each of these paths."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        for path in paths:
            if first(response.value, path) in (None, "", {}):
                yield _missing(path, "nothing", "a value", "the statement lacks an element", severity)

    return check


def says(path: str, *accepted: str, tolerated: tuple[str, ...] = ()) -> Check:
    """The value at a path is one of those accepted; those tolerated are worth a warning."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        found = str(first(response.value, path) or "nothing")
        if found not in accepted:
            severity = Severity.WARN if found in tolerated else Severity.FAIL
            message = "the statement says something else than expected"
            yield _missing(path, found, " or ".join(accepted), message, severity)

    return check


def release(response: Response, context: Context) -> Iterator[Finding]:
    """`version` is the release of the specification (STU3-META-008)."""
    yield from says("version", context.edition.release)(response, context)


def kind_completed(response: Response, context: Context) -> Iterator[Finding]:
    """What the statement is about is described as its kind requires: instance with implementation, capability with software."""
    kind = str(first(response.value, "kind") or "nothing")
    wanted = {"instance": "implementation", "capability": "software"}.get(kind)
    if kind not in ("instance", "capability", "requirements"):
        yield _missing("kind", kind, "instance or capability", "the statement does not say what it describes")
    elif wanted and first(response.value, wanted) in (None, {}):
        yield _missing(wanted, "nothing", f"{wanted} for kind {kind}", "the statement lacks what its kind requires")


def dated(response: Response, context: Context) -> Iterator[Finding]:
    """The date is a FHIR date."""
    found = str(first(response.value, "date") or "nothing")
    if not _DATE.fullmatch(found):
        yield _missing("date", found, "a date", "the statement is not dated")


def formats(*forms: str) -> Check:
    """Each of these formats (json, xml) is declared by the edition's media type; the short name is worth a warning."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        declared = [str(value).partition(";")[0].strip() for value in every(response.value, "format")]
        for form in forms:
            media = context.edition.media_type("json" if form == "json" else "xml")
            if media not in declared:
                mild = Severity.WARN if form in declared else Severity.FAIL
                yield _missing("format", ", ".join(declared) or "nothing", media, "a format is not declared", mild)

    return check


def filled_in(response: Response, context: Context) -> Iterator[Finding]:
    """Software, publisher and contact are filled in, without placeholders in brackets (STU3-META-011)."""
    for path in ("software.name", "software.version", "publisher", "contact"):
        found = first(response.value, path)
        if found in (None, "", {}) or re.search(r"\[[^\[\]]*\]", str(found)):
            yield _missing(
                path, found if found else "nothing", "the provider's own words", "the statement is not filled in"
            )


def profiles(*kinds: str) -> Check:
    """The profiles of these resource types are listed, in `profile` or with their resource; the last segment counts."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        listed = [
            *every(response.value, "profile.reference"),
            *every(response.value, "rest.resource.profile.reference"),
        ]
        names = {read_canonical(url).url.rpartition("/")[2].lower() for url in listed}
        for kind in kinds:
            profile = context.edition.profile(kind)
            name = profile.canonical.rpartition("/")[2].lower() if profile else ""
            if name and name not in names:
                yield _missing("profile", f"{len(names)} profiles", name, f"the profile of {kind} is not listed")

    return check


def _resource(response: Response, kind: str) -> dict[str, Any]:
    servers = (rest for rest in every(response.value, "rest") if first(rest, "mode") == "server")
    found = (item for rest in servers for item in every(rest, "resource"))
    return next((item for item in found if isinstance(item, dict) and item.get("type") == kind), {})


def serves(kind: str, *codes: str, mild: tuple[str, ...] = ()) -> Check:
    """A resource type is declared by the server with these interactions; the lack of a mild one is worth a warning."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        declared = [str(code) for code in every(_resource(response, kind), "interaction.code")]
        for code in codes:
            if code not in declared:
                severity = Severity.WARN if code in mild else Severity.FAIL
                path = f"rest.resource({kind}).interaction"
                message = f"{code} of {kind} is not declared"
                yield _missing(path, ", ".join(declared) or "nothing", code, message, severity)

    return check


def searches(kind: str, **parameters: str) -> Check:
    """A resource type is declared with these search parameters, by name and type."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        found = {
            str(first(item, "name")): first(item, "type") for item in every(_resource(response, kind), "searchParam")
        }
        for name, type_ in parameters.items():
            if found.get(name) != type_:
                yield _missing(
                    f"rest.resource({kind}).searchParam",
                    found.get(name, "nothing"),
                    f"{name} ({type_})",
                    "a search parameter is not declared",
                )

    return check


def includes(kind: str, *values: str) -> Check:
    """A resource type is declared with these values for inclusion."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        found = [str(value) for value in every(_resource(response, kind), "searchInclude")]
        for value in values:
            if value not in found:
                yield _missing(
                    f"rest.resource({kind}).searchInclude",
                    ", ".join(found) or "nothing",
                    value,
                    "what can be included is not declared",
                )

    return check


def never(kind: str, name: str, *values: object) -> Check:
    """An element of a declared resource type has none of these values."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        found = _resource(response, kind).get(name)
        if any(found is value or (isinstance(value, str) and found == value) for value in values):
            yield _missing(
                f"rest.resource({kind}).{name}", found, "another value or none", "the statement declares what is not so"
            )

    return check


def operates(name: str, definition: str = "") -> Check:
    """The server declares an operation by name and, where one is given, by the end of its definition's URL."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        found = [item for item in every(response.value, "rest.operation") if first(item, "name") == name]
        if not found:
            yield _missing("rest.operation", "nothing", name, "the operation is not declared")
        elif definition and read_canonical(first(found, "definition.reference")).url != definition:
            yield _missing(
                "rest.operation.definition",
                first(found, "definition.reference"),
                definition,
                "the operation is declared with another definition",
            )

    return check


def slots_searchable(response: Response, context: Context) -> Iterator[Finding]:
    """Slot is declared with search-type, or the operation gpc.getschedule that came before it (DSTU2-META-008)."""
    codes = [str(code) for code in every(_resource(response, "Slot"), "interaction.code")]
    names = [str(name) for name in every(response.value, "rest.operation.name")]
    if "search-type" not in codes and "gpc.getschedule" not in names:
        yield _missing(
            "rest.resource(Slot)", "nothing", "search-type", "the search for slots is not declared", Severity.WARN
        )


def identifier_searches(*kinds: str) -> Check:
    """Each of these resource types is declared with read, search-type and the search parameter identifier (token)."""
    checks = [
        check for kind in kinds for check in (serves(kind, "read", "search-type"), searches(kind, identifier="token"))
    ]

    def check(response: Response, context: Context) -> Iterator[Finding]:
        for one in checks:
            yield from one(response, context)

    return check
