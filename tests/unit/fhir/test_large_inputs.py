"""Inputs that are large in one respect: each is checked at a cost that grows with its size, and nothing of it is kept."""

from __future__ import annotations

import time
import tracemalloc

import pytest

from conformance.fhir import Validator
from conformance.fhir.formats.json_reader import looks_like_html

OPEN = '<Patient xmlns="http://hl7.org/fhir">'
DIV = f'{OPEN}<text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml"{{}}</div></text></Patient>'


def many(count: int) -> dict[str, str]:
    """Documents with so many of one thing."""
    declared = " ".join(f'xmlns:n{number}="urn:{number}"' for number in range(count))
    named = [f'<name xmlns:n{number}="urn:{number}"><text value="x"/></name>' for number in range(count)]
    marked = [f'<p xmlns:n{number}="urn:{number}">x</p>' for number in range(count)]
    given = " ".join(f'a{number}="x"' for number in range(count))
    return {
        "namespaces of the root": f'{OPEN[:-1]} {declared}><active value="true"/></Patient>',
        "namespaces of elements": f"{OPEN}{''.join(named)}</Patient>",
        "namespaces of a narrative": DIV.format(f" {declared}>x"),
        "namespaces in a narrative": DIV.format(f">{''.join(marked)}"),
        "attributes": f"{OPEN[:-1]} {given}/>",
        "attributes in a narrative": DIV.format(f"><p {given}>x</p>"),
        "comments": "<!--a-->" * count + f"{OPEN}</Patient>",
    }


VALIDATOR = Validator("stu3")


def cost(text: str) -> float:
    """CPU seconds: those of this process alone, so that other work on the machine does not count."""
    started = time.process_time()
    VALIDATOR.check(text.encode())
    return time.process_time() - started


@pytest.mark.parametrize("what", many(1))
def test_five_times_as_much_costs_no_more_than_in_proportion(what: str) -> None:
    few, lots = many(4_000)[what], many(20_000)[what]
    VALIDATOR.check(few.encode())
    small, large = min(cost(few) for _ in range(3)), min(cost(lots) for _ in range(2))
    assert large < 20 * small + 1, f"{small:.3f} s, {large:.3f} s"  # 25 times would be its square


def test_many_comments_do_not_hang_the_look_for_html() -> None:
    assert not looks_like_html(b"<!--a-->" * 100_000 + b"<x/>")
    assert not looks_like_html(b"<!--" + b"-" * 2000)
    assert looks_like_html(b"<!-- a --> <!-- b --> <html>")


LONG = "a" * 3_000_000
ATTRIBUTES = {
    "uri": f'{OPEN}<implicitRules value="{LONG}"/></Patient>',
    "code": f'{OPEN}<gender value="{LONG}"/></Patient>',
    "language": f'{OPEN}<language value="{LONG}"/></Patient>',
    "date": f'{OPEN}<birthDate value="{LONG}"/></Patient>',
    "coding": f'{OPEN}<maritalStatus><coding><code value="{LONG}"/></coding></maritalStatus></Patient>',
    "reference": f'{OPEN}<managingOrganization><reference value="{LONG}"/></managingOrganization></Patient>',
    "extension": f'{OPEN}<extension url="http://x.test/{LONG}"><valueCode value="a"/></extension></Patient>',
    "profile": f'{OPEN}<meta><profile value="http://x.test/{LONG}"/></meta></Patient>',
    "unknown": f'{OPEN[:-1]} zz="{LONG}"/>',
    "narrative": DIV.format(f' title="{LONG}">x'),
}


@pytest.mark.parametrize("where", ATTRIBUTES)
def test_a_long_attribute_is_judged_shown_short_and_not_kept(where: str) -> None:
    data = ATTRIBUTES[where].encode()
    VALIDATOR.check(data)
    tracemalloc.start()
    report = VALIDATOR.check(data)
    shown = sum(
        len(text or "") for issue in report.issues for text in (issue.message, issue.found, issue.expected, issue.path)
    )
    del report
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert shown < 10_000
    assert kept < 1_000_000
