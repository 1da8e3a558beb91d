"""junit.xml as a build server reads it: by Jenkins' schema, and by a library that others wrote."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import junitparser
import lxml.etree
import pytest

from conformance.causes import causes_of
from conformance.core.results import RunResult
from conformance.core.waivers import Waiver
from conformance.reporting.junit import dumps
from conformance.waivers import waived
from tests.support.paths import ROOT
from tests.support.samples import RUN, hostile, large, lifelike

SCHEMA = lxml.etree.XMLSchema(lxml.etree.parse(ROOT / "tests" / "support" / "jenkins-junit.xsd"))
TODAY = date(2026, 11, 29)


def with_waiver() -> RunResult:
    waiver = Waiver("scenario", "book.double", "Known.", "Jo", "GPC-1", date(2027, 3, 1))
    return waived(lifelike(), [waiver], TODAY)


RUNS = [
    lifelike(),
    hostile(),
    large(60),
    RunResult(RUN, ()),
    with_waiver(),
    replace(lifelike(), run=replace(RUN, subject={})),
]


@pytest.mark.parametrize("run", RUNS, ids=["lifelike", "hostile", "large", "empty", "waived", "no subject"])
def test_valid_by_the_schema_of_jenkins(run: RunResult) -> None:
    SCHEMA.assertValid(lxml.etree.fromstring(dumps(run)))


@pytest.mark.parametrize(
    ("wrong", "by"),
    [
        (b'<testsuites skipped="1"/>', "skipped"),
        (b'<testsuites><testsuite name="a" tests="1" failures="0"/></testsuites>', "errors"),
        (
            b'<testsuites><testsuite name="a" tests="1" failures="0" errors="0"><testcase name="b"><properties/></testcase>'
            b"</testsuite></testsuites>",
            "properties",
        ),
    ],
)
def test_the_schema_refuses(wrong: bytes, by: str) -> None:
    assert not SCHEMA.validate(lxml.etree.fromstring(wrong))
    assert by in str(SCHEMA.error_log)


@pytest.mark.parametrize("run", RUNS[:3])
def test_read_by_junitparser(run: RunResult) -> None:
    suites = junitparser.JUnitXml.fromstring(dumps(run))
    counts = run.summary()
    suites.update_statistics()
    skipped = counts["skip"] + counts["omit"] + counts["waived"]
    assert (suites.tests, suites.failures, suites.errors, suites.skipped) == (
        len(run.scenarios),
        counts["fail"],
        counts["error"],
        skipped,
    )
    for suite in suites:
        read = (suite.tests, suite.failures, suite.errors, suite.skipped)
        suite.update_statistics()
        assert read == (suite.tests, suite.failures, suite.errors, suite.skipped)
    cases = {case.name: case for suite in suites for case in suite}
    assert len(cases) == len(run.scenarios)


def test_messages_name_title_found_expected_and_cause() -> None:
    root = lxml.etree.fromstring(dumps(lifelike()))
    cases = {case.get("name"): case for case in root.iter("testcase")}
    assert len(cases) == 22
    assert cases["book.double"].get("classname") == "stu3.book"
    failure = cases["book.unknown-slot"].find("failure")
    assert failure is not None
    causes = [cause for cause in causes_of(lifelike()) if "book.unknown-slot" in cause.scenarios]
    message = "Booking an unknown slot is refused: wrong status; found 500, expected 422"
    assert failure.get("message") == f"{message} [cause {causes[0].id}]"
    assert all(f"cause {cause.id}: " in failure.text for cause in causes)
    assert "found: 500" in failure.text
    assert "expected: INVALID_RESOURCE" in failure.text
    skipped = cases["amend.past"].find("skipped")
    assert skipped.get("type") == "skip"
    assert skipped.get("message") == "A past appointment is not amended: The provider has no past appointment."
    assert cases["http.ssp-headers"].find("skipped").get("type") == "omit"
    assert cases["retrieve.no-dates"].find("error").get("message").endswith("The provider did not answer.")
    assert cases["book.one-slot"].find("system-out") is None


def test_warnings_are_to_be_seen() -> None:
    root = lxml.etree.fromstring(dumps(lifelike()))
    (case,) = root.xpath("//testcase[@name='book.description-kept']")
    assert case.findtext("system-out").startswith("WARNING: A description of 600 characters is kept whole: ")
    assert root.xpath("string(//testsuite[@name='stu3.book']/properties/property[@name='warnings']/@value)") == "1"


def test_ids_are_properties() -> None:
    root = lxml.etree.fromstring(dumps(lifelike()))
    values = {item.get("name"): item.get("value") for item in root.iter("property")}
    assert values["id"] == RUN.id
    assert values["book.description-kept/verdict"] == "warn"
    assert values["book.double/requirements"] == "GPC-APPT-BOOK-09 GPC-ERR-12"
    assert values["book.double/title"] == "Two simultaneous bookings of one slot: exactly one wins"
    assert values["book.double/causes"].startswith("C-")


def test_what_is_waived_is_skipped_and_says_until_when() -> None:
    root = lxml.etree.fromstring(dumps(with_waiver()))
    (skipped,) = root.xpath("//testcase[@name='book.double']/skipped")
    assert skipped.get("type") == "waived"
    assert skipped.get("message").startswith("waived until 2027-03-01 (GPC-1, Jo: Known.): Two simultaneous bookings")
    assert root.get("failures") == "1"


def test_hostile_text_makes_valid_xml() -> None:
    root = lxml.etree.fromstring(dumps(hostile()))
    assert len(list(root.iter("testcase"))) == 8
    assert "<script>" in root.xpath("string(//failure)")
    assert len(list(lxml.etree.fromstring(dumps(large())).iter("testcase"))) == 600
