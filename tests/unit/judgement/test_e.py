"""E: what the publishers' own suite tries and this one did not."""

from __future__ import annotations

import pytest

from conformance.provider.fault_points import Effect
from conformance.provider.faults.effects import alter, change, misanswer, refuses, setting
from conformance.provider.refusal import Reply
from tests.unit.judgement.bed import Bed, Behaviour

Row = tuple[str, str, Behaviour, str]

_UNSUPPORTED = Reply("BAD_REQUEST", 415)
_XML_IS_DUPLICATE = refuses(
    lambda call: "xml" in call.header("Content-Type"), Reply("DUPLICATE_REJECTED", 409), on="register"
)
_JSON_ONLY = (change("CapabilityStatement", alter("format", lambda held: held[:1])),)
_NO_XML = refuses(
    lambda call: "xml" in call.header("Accept") + call.header("Content-Type") + "".join(call.parameters("_format")),
    _UNSUPPORTED,
)


def _nothing(on: str) -> Effect:
    return refuses(lambda call: True, _UNSUPPORTED, on=on)


ROWS: tuple[Row, ...] = (
    ("stu3", "book.identifier-without-value", "book.accepts-invalid", "fail"),
    ("dstu2", "book.identifier-without-value", "book.accepts-invalid", "fail"),
    ("stu3", "retrieve.ge-and-gt", "retrieve.accepts-any-prefix", "fail"),
    ("stu3", "retrieve.le-and-lt", "retrieve.accepts-any-prefix", "fail"),
    ("dstu2", "retrieve.prefixes-ge-gt", "retrieve.overlooks-gt", "fail"),
    ("stu3", "amend.prefer-minimal", "http.ignores-prefer", "warn"),
    ("dstu2", "cancel.prefer-minimal", "http.ignores-prefer", "warn"),
    ("stu3", "amend.prefer-representation", "amend.minimal-for-all", "warn"),
    ("stu3", "amend.priority-added", "amend.ignores-priority", "fail"),
    ("dstu2", "amend.changed-priority", "amend.ignores-priority", "fail"),
    ("stu3", "cancel.priority-added", "cancel.ignores-priority", "fail"),
    ("stu3", "cancel.priority-added", misanswer("cancel.nothing-else", code="BAD_REQUEST", status=400), "pass"),
    ("stu3", "book.without-organisation-type", "book.demands-organization-type", "fail"),
    ("stu3", "book.own-delivery-channel", "book.refuses-further-extensions", "warn"),
    ("stu3", "book.own-practitioner-role", "book.refuses-further-extensions", "warn"),
    ("stu3", "book.organisation-elsewhere", "book.accepts-missing-organization", "fail"),
    ("stu3", "amend.organisation-elsewhere", "amend.ignores-organisation", "fail"),
    ("stu3", "cancel.organisation-elsewhere", "cancel.ignores-organisation", "fail"),
    ("stu3", "retrieve.month-only", "retrieve.accepts-times", "fail"),
    ("dstu2", "retrieve.month", "retrieve.refuses-partial-dates", "warn"),
    ("dstu2", "retrieve.year", "retrieve.refuses-partial-dates", "warn"),
    ("dstu2", "retrieve.count-and-sort", "retrieve.refuses-sort", "fail"),
    ("dstu2", "book.reason-without-code", "book.accepts-invalid", "fail"),
    ("dstu2", "book.extension-without-url", "book.accepts-invalid", "fail"),
    ("stu3", "register.several-given-names", "register.refuses-several-given-names", "fail"),
    ("dstu2", "register.several-given-names", "register.refuses-several-given-names", "warn"),
    ("stu3", "register.two-official-names", "register.accepts-missing-name", "warn"),
    ("stu3", "book.organisation-elsewhere", misanswer(code="BAD_REQUEST"), "warn"),  # 422
    ("stu3", "cancel.organisation-elsewhere", misanswer(code="ACCESS_DENIED", status=403), "pass"),  # any 4xx
    ("dstu2", "book.extension-without-url", misanswer(code="BAD_REQUEST"), "pass"),
    ("dstu2", "book.reason-without-code", misanswer(code="NO_RECORD_FOUND", status=404), "warn"),
    ("dstu2", "formats.search-accept-xml", setting("format.responses", "json"), "fail"),  # XML is a SHALL
    # A registration in XML is not judged by a 409 alone
    ("stu3", "formats.register-body-xml", _XML_IS_DUPLICATE, "fail"),
    ("stu3", "formats.register-xml-to-json", _XML_IS_DUPLICATE, "fail"),
    # XML where the capability statement does not declare it
    ("stu3", "formats.search-accept-xml", (*_JSON_ONLY, _NO_XML), "pass"),
    ("stu3", "formats.book-body-xml", (*_JSON_ONLY, _NO_XML), "pass"),
    ("stu3", "formats.search-accept-xml", (*_JSON_ONLY, setting("format.responses", "json")), "fail"),
    ("stu3", "formats.search-accept-xml", _JSON_ONLY, "warn"),
    # Where the JSON of the control is refused as well, a 415 shows nothing
    ("stu3", "formats.search-accept-xml", (*_JSON_ONLY, _nothing("search")), "skip"),
    ("stu3", "formats.book-body-xml", (*_JSON_ONLY, _nothing("book")), "skip"),
    ("stu3", "formats.search-agreeing", (*_JSON_ONLY, _NO_XML), "omit"),
    ("stu3", "book.xml", (*_JSON_ONLY, _NO_XML), "omit"),
    ("stu3", "fhir.booked-accents", (*_JSON_ONLY, _NO_XML), "pass"),
    ("stu3", "fhir.booked-in-xml-accents", (*_JSON_ONLY, _NO_XML), "omit"),
    # If-Match (A15)
    ("stu3", "amend.without-if-match", "amend.missing-version-is-server-error", "fail"),
    ("stu3", "amend.without-if-match", "amend.missing-version-is-forgotten", "fail"),
    ("dstu2", "cancel.if-match-any", "cancel.refuses-any-version", "warn"),
    ("stu3", "cancel.if-match-list", "cancel.refuses-any-version", "warn"),
    ("stu3", "amend.if-match-list-without", "amend.accepts-stale-version", "fail"),
)


@pytest.mark.parametrize(
    ("edition", "scenario", "behaviour", "verdict"),
    [pytest.param(*row, id=f"{row[0]}-{row[1]}-{number}") for number, row in enumerate(ROWS)],
)
def test_e(request: pytest.FixtureRequest, edition: str, scenario: str, behaviour: Behaviour, verdict: str) -> None:
    bed: Bed = request.getfixturevalue(edition)
    assert bed.verdict(scenario, behaviour) == verdict


@pytest.mark.parametrize("edition", ["stu3", "dstu2"])
def test_e_the_bundled_provider_passes(request: pytest.FixtureRequest, edition: str) -> None:
    bed: Bed = request.getfixturevalue(edition)
    names = sorted({row[1] for row in ROWS if row[0] == edition})
    assert {name: result.verdict for name, result in bed.play(" ".join(names)).items()} == dict.fromkeys(names, "pass")
