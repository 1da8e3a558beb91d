"""Kinds that are wrong as FHIR: values of the wrong type, too many, with no end; and XML that reaches for more than it is."""

from __future__ import annotations

import json
from typing import Any

from tests.system.hostile.kinds import EVIL, Kind, Sound, _body, _resources, _set, _value, _whole

_DIV = '<div xmlns="http://www.w3.org/1999/xhtml">'
_MANY = 50_000


def _many_slots(value: Any) -> Any:
    entries = value.get("entry") if isinstance(value, dict) else None
    slots = [entry for entry in entries or [] if entry.get("resource", {}).get("resourceType") == "Slot"]
    if slots:
        text = json.dumps(slots[0])
        own = slots[0]["resource"]["id"]
        value["entry"] += [json.loads(text.replace(f'"{own}"', f'"{own}-{number}"')) for number in range(_MANY)]
    return value


def _nested(value: Any) -> Any:
    for _ in range(60):
        value = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": value}]}
    return value


def _narrative(text: str) -> Any:
    return lambda r: _set(r, "text", {"status": "generated", "div": text})


TYPES = (
    _value("type-missing", lambda r: r.pop("resourceType", None) and None),
    _value("type-number", lambda r: _set(r, "resourceType", 5)),
    _value("type-unknown", lambda r: _set(r, "resourceType", "Nonsense")),
    _value("type-with-markup", lambda r: _set(r, "resourceType", "<script>alert(1)</script>")),
    _whole("entries-object", lambda v: {**v, "entry": {"resource": {}}} if v.get("entry") else v, only="search"),
    _whole("entries-null", lambda v: {**v, "entry": [None] * 10} if v.get("entry") else v, only="search"),
    _whole("entries-numbers", lambda v: {**v, "entry": list(range(10))} if v.get("entry") else v, only="search"),
    _whole("bundles-in-bundles", _nested),
    _whole("empty-object", lambda v: {}),
    _whole("50000-slots", _many_slots, only="-", tags=("slow",)),
    _value("id-object", lambda r: _set(r, "id", {"value": r.get("id")})),
    _value("id-list", lambda r: _set(r, "id", [r.get("id")])),
    _value("id-empty", lambda r: _set(r, "id", "")),
    _value("id-path", lambda r: _set(r, "id", "../../../etc/passwd")),
    _value("id-url", lambda r: _set(r, "id", f"{EVIL}/1")),
    _value("id-line-break", lambda r: _set(r, "id", "1\r\nX-Injected: yes")),
    _value("id-of-a-megabyte", lambda r: _set(r, "id", "1" * 100_000)),
    _value("meta-text", lambda r: _set(r, "meta", "x"), only="conforms"),
    _value("version-number", lambda r: r.setdefault("meta", {}).update(versionId=1), only="conforms"),
    _value("version-line-break", lambda r: r.setdefault("meta", {}).update(versionId='1"\r\nX: y'), only="conforms"),
    _value("status-list", lambda r: _set(r, "status", ["free"]), only="conforms"),
    _value("start-number", lambda r: _set(r, "start", 20260706)),
    _value("start-year-0000", lambda r: _set(r, "start", "0000-01-01T00:00:00Z")),
    _value("start-end-of-time", lambda r: _set(r, "start", "9999-12-31T23:59:59-14:00")),
    _value("schedule-text", lambda r: _set(r, "schedule", "Schedule/1"), only="conforms"),
    _value("actors-object", lambda r: _set(r, "actor", {"reference": {"reference": 1}}), only="conforms"),
    _value("participants-object", lambda r: _set(r, "participant", {"actor": 5}), only="conforms"),
    _value("extensions-numbers", lambda r: _set(r, "extension", [1, 2, 3]), only="conforms"),
    _value("extensions-10000", lambda r: _set(r, "extension", [{"url": "urn:x", "valueString": "y"}] * 10_000), only="-"),
    _value("extension-decimal", lambda r: _set(r, "extension", [{"url": "urn:x", "valueDecimal": 1.50}]), only="-"),
    _value("narrative-two-divs", _narrative(f"{_DIV}a</div><div>b</div>"), only="-"),
    _value("narrative-script", _narrative(f"{_DIV}<script>alert(1)</script></div>"), only="-"),
    _value("narrative-entities", _narrative("<!DOCTYPE x [<!ENTITY a 'b'>]><div>&a;</div>"), only="-"),
    _value("narrative-deep", _narrative(_DIV + "<b>" * 20_000 + "</b>" * 20_000 + "</div>"), only="-"),
    _value("contained-itself", lambda r: _set(r, "contained", [{**r}] * 3), only="-"),
    _value("reference-number", lambda r: _set(r, "slot", [{"reference": 5}]), only="conforms"),
    _value("reference-elsewhere", lambda r: _set(r, "slot", [{"reference": f"{EVIL}/Slot/1"}]), only="-"),
    _value("text-nul", lambda r: _set(r, "comment", "a\0b"), only="-"),
    _value("text-right-to-left", lambda r: _set(r, "comment", "\u202e<img src=x onerror=alert(1)>\u0007"), only="-"),
    _value("profile-elsewhere", lambda r: r.setdefault("meta", {}).update(profile=[f"{EVIL}/P"]), only="-"),
    _value("profile-numbers", lambda r: r.setdefault("meta", {}).update(profile=[1, {}]), only="conforms"),
    _value("identifiers-5000", lambda r: _set(r, "identifier", [{"system": "urn:x", "value": str(n)} for n in range(5_000)]),
           only="-"),
    _value("keys-of-python", lambda r: r.update({"__class__": 1, "__proto__": {"x": 1}, "": 2}), only="conforms"),
    _whole("link-next-elsewhere", lambda v: {**v, "link": [{"relation": "next", "url": f"{EVIL}/page2"}]}, only="-"),
    _whole("total-decimal", lambda v: {**v, "total": 1.5} if v.get("entry") else v, only="conforms"),
    _whole("same-entry-2000-times", lambda v: {**v, "entry": v["entry"] + v["entry"][:1] * 2_000} if v.get("entry") else v,
           only="-"),
)  # fmt: skip


def _xml(name: str, text: str | bytes) -> Kind:
    data = text if isinstance(text, bytes) else text.encode()

    def make(sound: Sound) -> bytes:
        media = next((v for k, v in sound.headers if k.lower() == "content-type"), "").replace("json", "xml")
        return sound.header("Content-Type", media or "application/fhir+xml").with_body(data).wire()

    return Kind(f"xml-{name}", make)


_NS = 'xmlns="http://hl7.org/fhir"'
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
XML = (
    _xml("external-entity", f'<!DOCTYPE x [<!ENTITY e SYSTEM "{EVIL}/e">]><Bundle {_NS}><id value="&e;"/></Bundle>'),
    _xml(
        "file-entity", f'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Bundle {_NS}><id value="&e;"/></Bundle>'
    ),
    _xml("external-dtd", f'<!DOCTYPE Bundle SYSTEM "{EVIL}/x.dtd"><Bundle {_NS}/>'),
    _xml("billion-laughs", f'<!DOCTYPE x [<!ENTITY l0 "ha">{_LAUGHS}]><Bundle {_NS}><id value="&l9;"/></Bundle>'),
    _xml("stylesheet", f'<?xml-stylesheet href="{EVIL}/x.xsl" type="text/xsl"?><Bundle {_NS}/>'),
    _xml("include", f'<Bundle {_NS}><x:include xmlns:x="http://www.w3.org/2001/XInclude" href="{EVIL}/x"/></Bundle>'),
    _xml(
        "schema-location",
        f'<Bundle {_NS} xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:schemaLocation="x {EVIL}/x"/>',
    ),
    _xml("50000-namespaces", f"<Bundle {_NS} " + " ".join(f'xmlns:n{n}="urn:{n}"' for n in range(50_000)) + "/>"),
    _xml("attribute-of-15-megabytes", f'<Bundle {_NS}><id value="' + "x" * 15_000_000 + '"/></Bundle>'),
    _xml("50000-attributes", f"<Bundle {_NS} " + " ".join(f'a{n}="1"' for n in range(50_000)) + "/>"),
    _xml("deep", f"<Bundle {_NS}>" + "<entry>" * 20_000 + "</entry>" * 20_000 + "</Bundle>"),
    _xml("200000-elements", f"<Bundle {_NS}>" + "<entry/>" * 200_000 + "</Bundle>"),
    _xml("not-closed", f"<Bundle {_NS}><entry>"),
    _xml("unknown-encoding", f'<?xml version="1.0" encoding="x-unknown"?><Bundle {_NS}/>'),
    _xml("utf-16", f"<Bundle {_NS}/>".encode("utf-16")),
    _xml("wrong-namespace", '<Bundle xmlns="urn:other"/>'),
    _xml("nul", f'<Bundle {_NS}><id value="a\0b"/></Bundle>'),
    _xml("character-reference-0", f'<Bundle {_NS}><id value="&#0;"/></Bundle>'),
    _xml("script", f"<Bundle {_NS}><script xmlns='http://www.w3.org/1999/xhtml'>alert(1)</script></Bundle>"),
    _xml("long-name", f"<{'B' * 1_000_000} {_NS}/>"),
)
__all__ = ["TYPES", "XML", "_body", "_resources"]
