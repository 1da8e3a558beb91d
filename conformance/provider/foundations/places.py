"""Find and read practitioners, organisations and locations. Source: the Foundations pages; PRAC, ORG and LOC requirements."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from conformance.provider.fault_points import Seam
from conformance.provider.fixture import Facts
from conformance.provider.foundations.identifiers import Kind, Question, asked_identifier, register
from conformance.provider.http import Call, Json, Response
from conformance.provider.refusal import Reply, refuse


def _code(value: str) -> bool:
    return bool(re.fullmatch(r"[A-Za-z0-9]{2,20}", value))


_WRONG_VALUE = Reply("INVALID_IDENTIFIER_VALUE", 400, "value")
PRACTITIONER = register(
    Kind("practitioner", "sds_user", _code, _WRONG_VALUE, dstu2=Reply("INVALID_SDS_USERID", 400, "value"))
)
ORGANIZATION = register(
    Kind("organization", "organization", _code, _WRONG_VALUE, dstu2=Reply("INVALID_ODS_CODE", 400, "value"))
)
LOCATION = register(Kind("location", "site", _code, _WRONG_VALUE))


def find_practitioner(call: Call) -> Response:
    """Return the practitioners who have the SDS user id."""
    question = asked_identifier(call, PRACTITIONER)
    shape = call.provider.shapes.practitioner
    return _found(call, question, call.provider.practice.practitioners, "sds_user", shape)


def find_organization(call: Call) -> Response:
    """Return the organisations that have the ODS code."""
    question = asked_identifier(call, ORGANIZATION)
    return _found(call, question, call.provider.practice.organizations, "ods", call.provider.shapes.organization)


def find_location(call: Call) -> Response:
    """Return the locations that have the ODS site code."""
    question = asked_identifier(call, LOCATION)
    return _found(call, question, call.provider.practice.locations, "site", call.provider.shapes.location)


def _found(
    call: Call, question: Question, rows: Mapping[str, Facts], key: str, shape: Callable[[Facts], Json]
) -> Response:
    matching: Iterable[Facts] = [row for row in rows.values() if row[key] == question.value]
    matching = call.provider.seams.through(Seam.FOUND, matching, call)
    return call.provider.searchset(call, [_in_system(shape(row), question) for row in matching])


def _in_system(resource: Json, question: Question) -> Json:
    """Write the identifier in the spelling of its system that the request used (DSTU2-PRAC-004).

    The profile fixes the present spelling in its slices, after which alone others may stand: the older one goes last.
    """
    reworded = [
        item | {"system": question.system}
        for item in resource["identifier"]
        if item["value"] == question.value and item["system"] != question.system
    ]
    if reworded:
        others = [item for item in resource["identifier"] if item["value"] != question.value]
        resource["identifier"] = [*others, *reworded]
    return resource


def read_practitioner(call: Call) -> Response:
    """Return one practitioner."""
    facts = _known(call, call.provider.practice.practitioners, "practitioner", Reply("PRACTITIONER_NOT_FOUND"))
    return call.provider.single(call, call.provider.shapes.practitioner(facts))


def read_organization(call: Call) -> Response:
    """Return one organisation."""
    facts = _known(call, call.provider.practice.organizations, "organization", Reply("ORGANISATION_NOT_FOUND"))
    return call.provider.single(call, call.provider.shapes.organization(facts))


def read_location(call: Call) -> Response:
    """Return one location."""
    facts = _known(call, call.provider.practice.locations, "location", call.provider.shapes.not_found)
    return call.provider.single(call, call.provider.shapes.location(facts))


def _known(call: Call, rows: Mapping[str, Facts], name: str, reply: Reply) -> Facts:
    if call.id not in rows:
        raise refuse(f"{name}.known", reply, f"there is no {name} {call.id[:80]} here")
    return rows[call.id]
