"""The assurance report: complete, well-formed, accessible, printable, and deaf to what a hostile provider sends."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from dataclasses import replace
from itertools import pairwise
from typing import Any

import lxml.etree
import lxml.html
import pytest

from conformance.causes import causes_of
from conformance.core.footprint import Change, Kind, State
from conformance.core.results import Finding, RunResult, Verdict
from conformance.redaction.redactor import Redactor
from conformance.reporting import annex as annexes
from conformance.reporting import html
from conformance.reporting.overview import RequirementText
from conformance.reporting.results_json import dumps
from tests.support.redacting import redacted
from tests.support.samples import (
    HOSTILE,
    NHS_NUMBER,
    RUN,
    TOKEN,
    exchange,
    hostile,
    large,
    lifelike,
    recorded,
    scenario,
)

TEXTS = {
    "GPC-APPT-BOOK-09": ("SHALL", "Of two bookings of one slot exactly one succeeds."),
    "GPC-ERR-12": RequirementText("SHALL", "A duplicate is refused.", "error handling"),
}
VOID = {"meta", "rect", "br", "img", "link", "input", "hr", "col"}


@pytest.fixture(scope="module")
def page() -> str:
    return html.render(redacted(lifelike(), Redactor()), TEXTS)


@pytest.fixture(scope="module")
def tree(page: str) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(page)


def text_of(element: lxml.html.HtmlElement) -> str:
    return " ".join(" ".join(element.itertext()).split())


def unbalanced(page: str) -> list[str]:
    """Return the tags that are closed in the wrong order or not at all (lxml mends such pages in silence)."""
    stack: list[str] = []
    wrong: list[str] = []
    body = re.sub(r"<(style|script)>.*?</\1>", "", page, flags=re.DOTALL)
    for closing, name, rest in re.findall(r"<(/?)([a-z][a-z0-9]*)\b([^>]*)>", body):
        if not closing and name not in VOID and not rest.endswith("/"):
            stack.append(name)
        elif closing and (not stack or stack.pop() != name):
            wrong.append(name)
    return wrong + stack


@pytest.mark.parametrize("run", [lifelike(), hostile(), large(40), RunResult(RUN, ())])
def test_well_formed(run: RunResult) -> None:
    page = html.render(run)
    assert page.lstrip().startswith("<!DOCTYPE html>")
    assert unbalanced(page) == []
    ids = lxml.html.document_fromstring(page).xpath("//@id")
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("run", [lifelike(), hostile(), large(40)])
def test_every_link_leads_somewhere_inside(run: RunResult) -> None:
    tree = lxml.html.document_fromstring(html.render(run))
    ids = set(tree.xpath("//@id"))
    links = [str(link) for link in tree.xpath("//@href")]
    assert links
    annex = dict(annexes.pages(run))
    for link in links:
        page, _, anchor = link.partition("#")
        assert anchor in (set(lxml.html.document_fromstring(annex[page]).xpath("//@id")) if page else ids), link
    assert not tree.xpath("//@src | //link | //iframe | //object")


@pytest.mark.parametrize("run", [lifelike(), hostile(), large(40)])
def test_the_annex_holds_each_exchange_once_and_leads_back(run: RunResult) -> None:
    ids = set(lxml.html.document_fromstring(html.render(run)).xpath("//@id"))
    found: list[str] = []
    for _, page in annexes.pages(run):
        assert unbalanced(page) == []
        tree = lxml.html.document_fromstring(page)
        assert not tree.xpath("//@src | //@onerror")
        assert [one.get("id") for one in tree.xpath("//script[@type]")] in ([], ["packed-exchanges", "packed-bodies"])
        (script,) = tree.xpath("//script[not(@type)]")
        policy = tree.xpath("string(//meta[@http-equiv]/@content)")
        assert base64.b64encode(hashlib.sha256(script.text.encode()).digest()).decode() in policy
        found += tree.xpath("//@id[starts-with(., 'exchange-')]")
        back = [str(link).partition("#") for link in tree.xpath("//@href") if not str(link).startswith("#")]
        assert {path for path, _, _ in back} == {"../report.html"}
        assert all(not anchor or anchor in ids for _, _, anchor in back)
    assert sorted(found) == sorted(f"exchange-{number}" for number in run.exchanges)


def test_what_is_left_at_the_provider_is_a_line_for_each_reason_with_the_whole_list_folded() -> None:
    left = tuple(
        Change(Kind.BOOKING, "Book", resource=f"Appointment/{n}", state=State.LEFT, remark="404") for n in range(300)
    )
    other = Change(Kind.BOOKING, "Book", resource="Appointment/400", state=State.LEFT, remark="<b>refused</b>")
    tree = lxml.html.document_fromstring(
        html.render(replace(recorded(RUN, scenario("book.a")), changes=(*left, other)))
    )
    first, second = tree.xpath("//ul[contains(@class, 'left')]/li")
    assert re.search(r"Appointment/2 \(booking, Book\) and 297 more: 404\s*All 300", first.text_content())
    assert len(first.xpath("details//li")) == 300
    assert second.text_content() == "Appointment/400 (booking, Book): <b>refused</b>"


def test_a_body_of_several_exchanges_is_shown_once() -> None:
    body = b'{"resourceType": "Slot", "comment": "only once"}'
    first, second = (exchange(number, response_body=body, request_body=b"") for number in (1, 2))
    ((_, page),) = annexes.pages(
        recorded(RUN, scenario("book.a", exchanges=(first,)), scenario("book.b", exchanges=(second,)))
    )
    assert page.count("only once") == 1
    assert "that of exchange 1" in page


def packed_in(page: str, name: str) -> list[Any]:
    """What the script of an annex page unpacks."""
    packed = lxml.html.document_fromstring(page).xpath(f"string(//script[@id='{name}'])")
    return [json.loads(line) for line in zlib.decompress(base64.b64decode(packed)).decode().splitlines()]


def test_the_annex_has_each_exchange_whole_as_text_or_packed() -> None:
    pointed = Finding("is wrong", exchange=3)
    seen = [exchange(number, response_body=b'{"a": "%d %s"}' % (number % 20, b"x" * 3_000)) for number in range(1, 41)]
    run = recorded(RUN, scenario("book.many", Verdict.FAIL, findings=(pointed,), exchanges=tuple(seen)))
    ((_, page),) = annexes.pages(run)
    tree = lxml.html.document_fromstring(page)
    packed = {
        f"exchange-{number}": (request, requested, response, responded)
        for number, request, requested, response, responded in packed_in(page, "packed-exchanges")
    }
    bodies = packed_in(page, "packed-bodies")
    assert "exchange-3" not in packed
    assert len(packed) > 30
    assert len(bodies) == len(set(bodies)) <= len(packed) + 20  # the responses are of 20 kinds
    for one in seen:
        (shown,) = tree.xpath(f"//details[@id='exchange-{one.number}']")
        if (found := packed.get(f"exchange-{one.number}")) is None:
            whole = str(shown.text_content())
            assert one.url in whole
            assert f"{one.number % 20} xxx" in whole or "The same body as" in whole
            continue
        assert str(shown.get("class")) == "packed"
        assert found[0].startswith(f"{one.method} {one.url}\n")
        assert bodies[found[1] - 1] == one.request_body.decode()
        assert bodies[found[3] - 1] == one.response_body.decode()
    assert len(page) < 60_000


def test_hostile_bodies_are_packed_as_text() -> None:
    body = f"</script><script>alert(1)</script>{HOSTILE}{'x' * 20_000}".encode("utf-8", "surrogatepass")
    evil = exchange(2, response_body=body, request_body=b"")
    ((_, page),) = annexes.pages(recorded(RUN, scenario("book.evil", exchanges=(evil,))))
    assert page.count("<script") == 3
    assert "alert(1)" not in page
    (text,) = packed_in(page, "packed-bodies")
    assert text.startswith("</script>")
    assert "\u202e" not in text
    assert "⟨U+202E⟩" in text


def test_who_what_when_and_the_verdict(tree: lxml.html.HtmlElement) -> None:
    summary = text_of(tree.get_element_by_id("summary"))
    for shown in (*RUN.subject.values(), RUN.edition_title, RUN.provider, "gpconnect-assure 0.1.0", RUN.id):
        assert shown in summary
    assert "22 November 2026, 10:15:00 UTC" in summary
    assert "Not conformant 2 scenarios found a non-conformity." in summary
    assert "differs from this machine's by 74 seconds" in summary
    assert "The provider has no past appointment." in summary
    assert "Signature" in summary


def test_table_of_verdicts(tree: lxml.html.HtmlElement) -> None:
    table = tree.xpath("//table[@class='verdicts']")[0]
    rows = {text_of(row[0]): [text_of(cell) for cell in row[1:-1]] for row in table.xpath(".//tbody/tr | .//tfoot/tr")}
    assert rows["Book"] == ["1", "2", "1", "0", "0", "0", "4"]
    assert rows["All"] == ["15", "2", "2", "1", "1", "1", "22"]
    bars = table.xpath(".//svg")
    assert len(bars) == len(rows)
    for bar in bars:
        assert sum(float(rect.get("width")) for rect in bar.xpath("./rect")) == pytest.approx(100, abs=0.1)


def test_a_cause_explains_itself(tree: lxml.html.HtmlElement) -> None:
    (card,) = [card for card in tree.xpath("//article") if "book.double" in text_of(card)]
    shown = text_of(card)
    for words in (
        "Both bookings of the same slot were accepted",
        "Found 201 and 201",
        "Expected one 201 and one 409",
        "one transaction",
        "HTTP/1.1 201 Created",
        "curl -i -X POST",
        "Bearer $TOKEN",
        "1 scenario that it made fail or warn",
    ):
        assert words in shown, words
    assert card.xpath(".//mark")


def test_a_cause_stands_on_the_cover_with_a_way_to_it(tree: lxml.html.HtmlElement) -> None:
    links = tree.xpath("//table[@class='causes']//a/@href")
    assert links == [f"#{cause.id}" for cause in causes_of(lifelike())]


def test_order_and_anchors(page: str, tree: lxml.html.HtmlElement) -> None:
    sections = ["summary", "causes", "requirements", "scenarios", "reading"]
    positions = [page.index(f'<section id="{name}"') for name in sections]
    assert positions == sorted(positions)
    for result in lifelike().scenarios:
        assert tree.get_element_by_id(f"scenario-{result.id}") is not None
    assert "an inferred rule (derived)" in text_of(tree.get_element_by_id("scenario-read.version-header"))


def test_requirements_table_takes_the_worst_verdict(tree: lxml.html.HtmlElement) -> None:
    rows = {row[0].xpath("string(code)"): text_of(row[-1]) for row in tree.xpath("//table[@class='matrix']/tbody/tr")}
    assert rows["GPC-APPT-BOOK-09"] == "Fail"
    assert rows["GPC-APPT-READ-04"] == "Warning"
    assert rows["GPC-HTTP-07"] == "Pass"


def test_a_recommendation_never_fails() -> None:
    broken = scenario("book.x", Verdict.FAIL, requirements=("A-BOOK-1", "A-BOOK-2"))
    texts = {"A-BOOK-1": ("SHALL", "Do."), "A-BOOK-2": ("SHOULD", "Better do.")}
    tree = lxml.html.document_fromstring(html.render(RunResult(RUN, (broken,)), texts))
    rows = {
        row[0].xpath("string(.//code)"): text_of(row[-1]) for row in tree.xpath("//table[@class='matrix']/tbody/tr")
    }
    assert rows == {"A-BOOK-1": "Fail", "A-BOOK-2": "Warning"}


def test_what_no_tool_can_verify_is_to_be_attested() -> None:
    texts = {
        "A-1": RequirementText("SHALL", "Train `<b>` staff.", "page", "provider", "inspection"),
        "A-2": RequirementText("SHALL", "Ask nicely.", "page", "consumer", "inspection"),
        "A-3": RequirementText("MAY", "Answer.", "page", "provider", "blackbox"),
    }
    tree = lxml.html.document_fromstring(html.render(lifelike(), texts))
    (table,) = tree.xpath("//table[@class='attest']")
    assert [text_of(row) for row in table.xpath("./tbody/tr")] == ["A-1 Train <b> staff. SHALL inspection"]
    assert [code.text for code in table.xpath("./tbody//code")] == ["A-1", "<b>"]


def test_each_exchange_is_listed_once(tree: lxml.html.HtmlElement) -> None:
    numbers = tree.xpath("//*[starts-with(@id, 'exchange-')]/@id")
    assert sorted(numbers) == sorted(f"exchange-{number}" for number in lifelike().exchanges)


def test_accessible(tree: lxml.html.HtmlElement) -> None:
    assert tree.get("lang") == "en-GB"
    assert tree.xpath("string(//title)").startswith("Not conformant: Example GP")
    for landmark in ("header", "nav[@aria-label]", "main", "footer"):
        assert len(tree.xpath(f"//body/{landmark}")) == 1
    levels = [int(heading.tag[1]) for heading in tree.iter("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    for table in tree.xpath("//table"):
        assert table.xpath("./caption[normalize-space()]")
        assert all(cell.get("scope") for cell in table.xpath(".//th"))
    assert all(svg.get("aria-label") and svg.get("role") == "img" for svg in tree.xpath("//svg"))
    assert all(section.get("aria-labelledby") in set(tree.xpath("//@id")) for section in tree.xpath("//section"))
    assert all(text_of(link) for link in tree.xpath("//a"))
    assert tree.xpath("//body/*[1]/@href") == ["#main"]


def luminance(colour: str) -> float:
    colour = "".join(2 * digit for digit in colour[1:]) if len(colour) == 4 else colour[1:]
    parts = [int(colour[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_contrast_is_at_least_aa(page: str) -> None:
    style = page[page.index("<style>") : page.index("</style>")]
    named = dict(re.findall(r"--([a-z]+): (#[0-9a-f]+);", style))
    pairs = [("#fff", named[name]) for name in ("blue", "pass", "fail", "skip", "error")]
    pairs += [(named["ink"], named["warn"]), (named["ink"], "#ffeb3b"), (named["ink"], named["ground"])]
    pairs += [(named[name], named["ground"]) for name in ("soft", "blue", "pass", "fail")]
    pairs += [(named["soft"], "#fff"), ("#66757f", "#fff")]
    assert "#66757f" in style
    for first, second in pairs:
        low, high = sorted((luminance(first), luminance(second)))
        assert (high + 0.05) / (low + 0.05) >= 4.5, (first, second)


def test_prints(page: str) -> None:
    style = page[page.index("<style>") : page.index("</style>")]
    printing = style[style.index("@media print") :]
    assert "@page" in style
    assert "counter(page)" in style
    for rule in ("break-inside: avoid", "break-after: avoid", "display: none"):
        assert rule in printing


def test_hostile_text_is_text() -> None:
    page = html.render(hostile(), {"GPC-APPT-BOOK-01": (HOSTILE, HOSTILE)})
    tree = lxml.html.document_fromstring(page)
    assert {element.tag for element in tree.iter(lxml.etree.Element)} <= {
        *(
            "html",
            "head",
            "meta",
            "title",
            "style",
            "body",
            "a",
            "header",
            "nav",
            "main",
            "section",
            "footer",
            "article",
        ),
        *(
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "p",
            "ul",
            "ol",
            "li",
            "dl",
            "dt",
            "dd",
            "div",
            "span",
            "code",
            "pre",
            "svg",
            "rect",
        ),
        *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "details", "summary"),
        *("form", "label", "input", "fieldset", "legend", "script", "mark"),
    }
    names = {name for element in tree.iter(lxml.etree.Element) for name in element.attrib}
    assert not [name for name in names if name.startswith("on") or name in {"src", "style"}]
    assert not re.search(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ud800-\udfff\ufffe]", page
    )
    assert "alert(1)" in page
    assert page.count("<script") == 1
    assert "49" not in text_of(tree.xpath("//h1")[0])
    assert "⟨U+202E⟩" in page


def test_bodies_are_cut_at_the_stated_length() -> None:
    long = exchange(1, response_body=b'{"a": "' + b"x" * 600_000 + b'"}', request_body=b"")
    ((_, page),) = annexes.pages(recorded(RUN, scenario("book.long", exchanges=(long,))))
    (body,) = packed_in(page, "packed-bodies")
    assert "cut here: the body has 600,009 bytes" in body
    assert body.count("x") == annexes.WHOLE - 7


def test_runs_that_are_unusual() -> None:
    assert "nothing was tested" in html.render(RunResult(RUN, ()))
    cut = html.render(RunResult(replace(RUN, complete=False, finished="", subject={}), (scenario("book.x"),)))
    assert "the run was cut short" in cut
    assert "to be filled in by hand" in cut


def test_nothing_private(page: str) -> None:
    assert not [private for private in (NHS_NUMBER, TOKEN, "Meakin", "1927-06-19") if private in page]


def test_the_page_of_a_full_suite_stays_small() -> None:
    run = large()
    html.render(large(2))  # compiles the template
    clean = redacted(run, Redactor())
    page = html.render(clean)
    dumps(clean)
    assert len(page) < 4_000_000
