"""junit.xml as a build server reads it."""

from __future__ import annotations

import lxml.etree

from conformance.reporting.junit import dumps
from tests.support.samples import hostile, large, lifelike


def test_cases_and_counts() -> None:
    root = lxml.etree.fromstring(dumps(lifelike()))
    counts = {"tests": "22", "failures": "2", "errors": "1", "skipped": "2"}
    assert counts.items() <= dict(root.attrib).items()
    cases = {case.get("name"): case for case in root.iter("testcase")}
    assert len(cases) == 22
    assert cases["book.double"].get("classname") == "stu3.book"
    failure = cases["book.unknown-slot"].find("failure")
    assert failure is not None
    assert failure.get("message") == "Booking an unknown slot is refused: wrong status; found 500, expected 422"
    assert "found: 500" in failure.text
    assert "expected: INVALID_RESOURCE" in failure.text
    assert cases["amend.past"].find("skipped").get("type") == "skip"
    assert cases["http.ssp-headers"].find("skipped").get("type") == "omit"
    assert cases["retrieve.no-dates"].find("error").get("message") == "The provider did not answer."
    assert "warn: the description came back shortened" in cases["book.description-kept"].findtext("system-out")
    assert cases["book.one-slot"].find("system-out") is None
    values = {item.get("name"): item.get("value") for item in cases["book.description-kept"].iter("property")}
    assert values["verdict"] == "warn"
    assert values["requirement"] == "GPC-APPT-BOOK-17"


def test_hostile_text_makes_valid_xml() -> None:
    root = lxml.etree.fromstring(dumps(hostile()))
    assert len(list(root.iter("testcase"))) == 8
    assert "<script>" in root.xpath("string(//failure)")


def test_large() -> None:
    assert len(list(lxml.etree.fromstring(dumps(large())).iter("testcase"))) == 600
