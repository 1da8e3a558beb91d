from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.fhir.definitions import files
from conformance.fhir.definitions.element_layout import Layout
from conformance.fhir.definitions.store import Definitions, Generation, read_structure
from conformance.fhir.formats.json_reader import Document, Limits, looks_like_xml, read_json
from conformance.fhir.formats.xml import NotExpressible, read_xml, to_xml
from tests.support.paths import ROOT, SHARED, needs_shared
from tests.support.proof import PROOF, sample
from tests.support.resources import NARRATIVES, resources

KINDS = ("Patient", "Appointment", "Bundle", "OperationOutcome", "Parameters", "ValueSet", "Schedule", "Organization")


@cache
def base(generation: Generation) -> Definitions:
    return Definitions(generation).open(ROOT / "profiles" / generation / "base")


def read(text: str, generation: Generation = "stu3", limits: Limits | None = None) -> Document:
    return read_xml(text.encode(), base(generation), limits or Limits())


def found(text: str, limits: Limits | None = None) -> list[tuple[str, str, int | None]]:
    return [(issue.code, issue.pointer, issue.line) for issue in read(text, limits=limits).problems]


NS = 'xmlns="http://hl7.org/fhir"'

PATIENT = f"""<?xml version="1.0" encoding="UTF-8"?>
<!-- a comment -->
<Patient {NS} xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://hl7.org/fhir x.xsd">
  <id value="1"/>
  <text>
    <status value="generated"/>
    <div xmlns="http://www.w3.org/1999/xhtml">Tom &amp; <b>co</b></div>
  </text>
  <contained>
    <Organization>
      <id value="org"/>
      <active value="true"/>
    </Organization>
  </contained>
  <extension url="urn:a">
    <valueDecimal value="1.50"/>
  </extension>
  <name id="n1">
    <given value="A">
      <extension url="urn:b"><valueInteger value="7"/></extension>
    </given>
    <given value="B"/>
    <given>
      <extension url="urn:c"><valueString value="x"/></extension>
    </given>
  </name>
  <birthDate id="bd"/>
  <multipleBirthInteger value="2"/>
</Patient>"""

AS_JSON: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "1",
    "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">Tom &amp; <b>co</b></div>'},
    "contained": [{"resourceType": "Organization", "id": "org", "active": True}],
    "extension": [{"url": "urn:a", "valueDecimal": 1.5}],
    "name": [
        {
            "id": "n1",
            "given": ["A", "B", None],
            "_given": [
                {"extension": [{"url": "urn:b", "valueInteger": 7}]},
                None,
                {"extension": [{"url": "urn:c", "valueString": "x"}]},
            ],
        }
    ],
    "_birthDate": {"id": "bd"},
    "multipleBirthInteger": 2,
}


@pytest.mark.parametrize("generation", ["dstu2", "stu3"])
def test_a_resource_in_json_form(generation: Generation) -> None:
    document = read(PATIENT, generation)
    assert document.problems == []
    assert document.value == AS_JSON
    assert str(document.value["extension"][0]["valueDecimal"]) == "1.50"
    assert document.value["contained"][0]["active"] is True


@pytest.mark.parametrize(
    ("pointer", "line"),
    [("", 3), ("/id", 4), ("/text/div", 7), ("/contained/0", 9), ("/contained/0/active", 12), ("/extension/0", 15),
     ("/extension/0/valueDecimal", 16), ("/name", 18), ("/name/0/given/1", 22), ("/name/0/given/2", 23),
     ("/name/0/_given/0/extension/0/valueInteger", 20), ("/name/0/_given/2/extension/0", 24), ("/birthDate", 27),
     ("/_birthDate", 27), ("/multipleBirthInteger", 28), ("/name/0/period", 18), ("/nowhere", 3)],
)  # fmt: skip
def test_lines(pointer: str, line: int) -> None:
    assert read(PATIENT).line_of(pointer) == line


def test_bundle_entries_are_resources() -> None:
    text = f'<Bundle {NS}><entry><resource><Slot><id value="1"/></Slot></resource></entry></Bundle>'
    assert read(text).value == {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Slot", "id": "1"}}]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<Patient/>", ("wrong-namespace", "", 1)),
        (f'<Patient {NS}>\n<id xmlns="urn:x" value="1"/></Patient>', ("wrong-namespace", "/id", 2)),
        (f'<Patient {NS}>\n<birthDate value="2000"/>\n<active value="true"/></Patient>', ("wrong-order", "/active", 3)),
        (f'<Patient {NS}>\n<name>\n<family/></name></Patient>', ("missing-value", "/name/0/family", 3)),
        (f"<Patient {NS}>\nhello</Patient>", ("text-not-allowed", "", 2)),
        (f'<Patient {NS}><name/><name>\n<family value="x">\n\ny</family></name></Patient>',
         ("text-not-allowed", "/name/1/family", 4)),
        (f'<Patient {NS}>\n<id value="1" extra="2"/></Patient>', ("unknown-attribute", "/id", 2)),
        (f'<Patient {NS} id="1"/>', ("unknown-attribute", "", 1)),
        (f'<Patient {NS}>\n<name value="1"/></Patient>', ("unknown-attribute", "/name/0", 2)),
        (f"<Patient {NS}>\n<contained/></Patient>", ("empty-slot", "/contained/0", 2)),
        (f"<Patient {NS}><contained><Slot/>\n<Slot/></contained></Patient>", ("second-resource", "/contained/0", 2)),
    ],
)  # fmt: skip
def test_what_only_xml_can_get_wrong(text: str, expected: tuple[str, str, int]) -> None:
    assert found(text) == [expected]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not-xml"),
        (b"<Patient", "not-xml"),
        (b"<a><b></a></b>", "not-xml"),
        (b"<a/><b/>", "not-xml"),
        (f"<Patient {NS}><id value='&nbsp;'/></Patient>".encode(), "not-xml"),
        (f"<Patient {NS}><id value='\xff'/></Patient>".encode("latin-1"), "not-utf8"),
        (f"<Patient {NS}/>".encode("utf-16"), "not-utf8"),
        (f'<?xml version="1.0" encoding="latin-1"?><Patient {NS}/>'.encode(), "not-utf8"),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "doctype"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "doctype"),
        (b'<!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY c "&b;&b;&b;">]><l>&c;</l>', "doctype"),
        (b"<a>" * 100_000, "too-deep"),
        (b"<Patient " + NS.encode() + b">" + b"<name>" * 100_000, "too-deep"),
    ],
)
def test_text_that_cannot_be_read_is_one_issue(data: bytes, code: str) -> None:
    problems = read_xml(data, base("stu3")).problems
    assert [issue.code for issue in problems if issue.code != "wrong-namespace"][-1:] == [code]
    assert problems[-1].message
    assert problems[-1].line == 1


def test_what_is_near_is_shown_whatever_ends_a_line() -> None:
    (issue,) = read(f"<Patient {NS}>\r\r<id value=1/></Patient>").problems
    assert issue.line == 3
    assert issue.found == "1/></Patient>"


def test_limits() -> None:
    assert found(f"<Patient {NS}/>", Limits(size=10)) == [("too-large", "", None)]
    many = f"<Patient {NS}>" + "<name/>" * 100 + "</Patient>"
    assert found(many, Limits(elements=50)) == [("too-many-elements", "", 1)]
    deep = f'<Patient {NS}><text><div xmlns="http://www.w3.org/1999/xhtml">' + "<p>" * 50
    assert found(deep, Limits(depth=40)) == [("too-deep", "", 1)]


def test_endless_faults_stop_the_reading() -> None:
    problems = read(f"<Patient {NS}>" + '<name value="1"/>' * 5000 + "</Patient>").problems
    assert problems[-1].code == "more-problems"
    assert len(problems) <= 1001


def test_unknown_elements_are_kept() -> None:
    text = f"""<Patient {NS}><odd value="1"/><odd value="2"/><name><more id="i"><deep value="x"/></more></name>
      <birthDate value="2000"><wrong value="1"/></birthDate></Patient>"""
    document = read(text)
    assert document.problems == []
    assert document.value == {
        "resourceType": "Patient",
        "odd": ["1", "2"],
        "name": [{"more": {"id": "i", "deep": "x"}}],
        "birthDate": "2000",
        "_birthDate": {"wrong": "1"},
    }


def test_an_unknown_resource_type_is_kept_too() -> None:
    text = f'<Oddity {NS}><id value="1"/><text><div xmlns="http://www.w3.org/1999/xhtml">x</div></text></Oddity>'
    document = read(text)
    assert document.problems == []
    assert document.value["text"] == {"div": '<div xmlns="http://www.w3.org/1999/xhtml">x</div>'}
    assert read_xml(to_xml(document.value, base("stu3")), base("stu3")).value == document.value


def test_a_single_element_that_repeats_becomes_a_list_for_the_validator_to_name() -> None:
    text = f'<Patient {NS}><birthDate value="2000"/><birthDate value="2001"/></Patient>'
    assert read(text).value["birthDate"] == ["2000", "2001"]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [("active", "TRUE", "TRUE"), ("active", "false", False), ("multipleBirthInteger", "+2", "+2"),
     ("multipleBirthInteger", "02", "02"), ("multipleBirthInteger", "9" * 5000, "9" * 5000)],
)  # fmt: skip
def test_values_that_do_not_fit_stay_text(name: str, text: str, value: Any) -> None:
    read_value = read(f'<Patient {NS}><{name} value="{text}"/></Patient>').value[name]
    assert read_value == value
    assert type(read_value) is type(value)


@pytest.mark.parametrize(
    ("text", "div"),
    [
        (f'<Patient {NS} xmlns:h="http://www.w3.org/1999/xhtml"><text><h:div h:class="c">a<h:br/>&lt;</h:div></text></Patient>',
         '<div xmlns="http://www.w3.org/1999/xhtml" class="c">a<br></br>&lt;</div>'),
        ('<f:Patient xmlns:f="http://hl7.org/fhir" xmlns="http://www.w3.org/1999/xhtml"><f:text>'
         '<div xml:lang="en">a</div></f:text></f:Patient>',
         '<div xmlns="http://www.w3.org/1999/xhtml" xml:lang="en">a</div>'),
        (f"<Patient {NS}><text><div>plain</div></text></Patient>", "<div>plain</div>"),
    ],
)  # fmt: skip
def test_narrative_whose_namespaces_lie_outside_is_rewritten(text: str, div: str) -> None:
    document = read(text)
    assert document.problems == []
    assert document.value["text"]["div"] == div


def test_writing_orders_and_escapes() -> None:
    resource = {
        "zz": 1,
        "birthDate": "2000",
        "_birthDate": {"id": "b"},
        "active": False,
        "name": [{"family": 'a<"&\n'}],
        "resourceType": "Patient",
        "fhir_comments": ["left out"],
        "id": "1",
        "extension": [{"valueString": "x", "url": "urn:x"}],
    }
    assert to_xml(resource, base("stu3")).decode().split("\n")[1] == (
        f'<Patient {NS}><id value="1"/><extension url="urn:x"><valueString value="x"/></extension><active value="false"/>'
        '<name><family value="a&lt;&quot;&amp;&#10;"/></name><birthDate value="2000" id="b"/><zz value="1"/></Patient>'
    )


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "Patient", "id": "\x00"},
        {"resourceType": "Patient", "id": "\ud800"},
        {"resourceType": "Patient", "a b": "1"},
        {"resourceType": "a b"},
        {"id": "1"},
        {"resourceType": "Patient", "contained": [{"id": "1"}]},
        {"resourceType": "Patient", "text": {"div": "<div>"}},
        {"resourceType": "Patient", "text": {"div": "text"}},
        {"resourceType": "Patient", "text": {"div": ""}},
        {"resourceType": "Patient", "text": {"div": '<!DOCTYPE div [<!ENTITY a "b">]><div>&a;</div>'}},
        {"resourceType": "Patient", "text": {"div": "<div/><!-- -->"}},
        {"resourceType": "Patient", "text": {"div": "<div>\ud800</div>"}},
    ],
)
def test_what_xml_cannot_hold_is_refused(resource: dict[str, Any]) -> None:
    with pytest.raises(NotExpressible):
        to_xml(resource, base("stu3"))


def test_sniffing() -> None:
    assert looks_like_xml(b"\xef\xbb\xbf \n<Patient/>")
    assert not looks_like_xml(b' {"a": "<"}')
    assert not looks_like_xml(b"")


QUICK = settings(
    derandomize=True, deadline=None, max_examples=150 if PROOF else 60, suppress_health_check=list(HealthCheck)
)


@pytest.mark.parametrize("generation", ["dstu2", "stu3"])
@given(data=st.data())
@QUICK
def test_json_to_xml_and_back_is_exact(generation: Generation, data: st.DataObject) -> None:
    definitions = base(generation)
    kinds = tuple(kind for kind in KINDS if definitions.has_type(kind))
    resource = data.draw(resources(Layout.of(definitions), kinds))
    text = to_xml(resource, definitions)
    document = read_xml(text, definitions)
    assert document.problems == []
    assert json.dumps(document.value, sort_keys=True, default=str) == json.dumps(resource, sort_keys=True, default=str)
    assert to_xml(document.value, definitions) == text


@pytest.mark.parametrize("div", NARRATIVES)
def test_a_narrative_comes_back_byte_for_byte(div: str) -> None:
    resource = {"resourceType": "Patient", "text": {"status": "generated", "div": div}, "active": True}
    document = read_xml(to_xml(resource, base("stu3")), base("stu3"))
    assert document.problems == []
    assert document.value == resource


@given(
    st.binary(max_size=60) | st.text(st.sampled_from("<>/&;\"'= abPatient:xmlns!-[]?\n"), max_size=80).map(str.encode)
)
@QUICK
def test_no_bytes_make_the_reader_raise(data: bytes) -> None:
    for text in (data, f"<Patient {NS}><text><div>".encode() + data):
        document = read_xml(text, base("stu3"))
        assert document.problems or document.value is not None
        document.line_of("/text")


def examples() -> list[Path]:
    return (
        sorted((SHARED / "examples").rglob("*.*ml")) + sorted((SHARED / "examples").rglob("*.json")) if SHARED else []
    )


@needs_shared
@pytest.mark.parametrize("path", examples(), ids=lambda path: path.name)
def test_publishers_examples_survive_the_round_trip(path: Path) -> None:
    definitions = base("stu3" if "stu3" in path.parts else "dstu2")
    data = path.read_bytes()
    document = read_xml(data, definitions) if path.suffix == ".xml" else read_json(data)
    if document.value is None:
        pytest.skip("the example is no JSON at all; reading says so")
    again = read_xml(to_xml(document.value, definitions), definitions)
    if path.suffix == ".xml":
        assert again.value == document.value
    else:
        assert _flat(again.value) == _flat(document.value)


def _flat(value: Any) -> Any:
    """Single items and lists of one alike: an example that has the one for the other cannot keep that in XML."""
    if isinstance(value, dict):
        return {key: _flat(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_flat(item) for item in value] if len(value) != 1 else _flat(value[0])
    return value


def official() -> list[Path]:
    return sorted((SHARED / "official").rglob("*.xml")) if SHARED else []


@needs_shared
@pytest.mark.parametrize("path", sample(official(), 40), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_definitions_read_by_this_reader_and_by_that_of_definitions_say_the_same(path: Path) -> None:
    generation: Generation = "stu3" if path.parent.name == "stu3" else "dstu2"
    mine = read_xml(path.read_bytes(), base(generation)).value
    theirs = files.parse(path)
    assert files.heading_of(mine) == files.heading_of(theirs)
    if mine["resourceType"] == "StructureDefinition":
        one, other = (read_structure(value, generation, "test") for value in (mine, theirs))
        assert [repr(element) for element in (*one.snapshot, *one.differential)] == [
            repr(element) for element in (*other.snapshot, *other.differential)
        ]
    elif mine["resourceType"] in ("ValueSet", "CodeSystem"):
        for part in ("compose", "concept", "codeSystem"):
            assert mine.get(part) == theirs.get(part)
