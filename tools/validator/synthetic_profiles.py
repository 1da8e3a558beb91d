"""Profiles with every construct that a definition can use, so that the fuzzer drives the validator through all of them.

They constrain resource types that the published profiles hardly slice. Nothing of them is a rule of GP Connect.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

BASE = "http://synthetic.test/StructureDefinition/"
CORE = "http://hl7.org/fhir/StructureDefinition/"

# Discriminators by the element they slice: kind and path.
DISCRIMINATORS: dict[str, list[tuple[str, str]]] = {
    "Appointment.participant": [
        ("type", "actor.resolve()"), ("profile", "actor.resolve()"), ("value", "actor.resolve().name"),
        ("exists", "actor.resolve().name"), ("value", "actor.reference"), ("exists", "actor"), ("value", "type.coding.code"),
        ("pattern", "type"), ("value", "status"), ("value", "extension('http://x.test/e').value"), ("value", "$this"),
        ("profile", "actor"), ("type", "actor"),
    ],
    "Appointment.slot": [
        ("type", "resolve()"), ("profile", "resolve()"), ("value", "resolve().status"), ("exists", "display"),
    ],
    "Patient.contact": [
        ("value", "gender"), ("exists", "name"), ("value", "telecom.system"), ("type", "organization.resolve()"),
    ],
    "Patient.contained": [("type", "$this"), ("profile", "$this"), ("value", "id")],
    "Bundle.entry": [("type", "resource"), ("profile", "resource"), ("value", "resource.status"), ("exists", "fullUrl")],
}  # fmt: skip
GENDERS = {"valueSetReference": {"reference": "http://hl7.org/fhir/ValueSet/administrative-gender"}}
RULES = ("open", "closed", "openAtEnd")


def profiles(generation: str) -> Iterator[dict[str, Any]]:
    """StructureDefinitions of that generation, in JSON form; every one has a type that is shipped."""
    for element, discriminators in DISCRIMINATORS.items():
        kind = element.partition(".")[0]
        for number, (how, path) in enumerate(discriminators):
            rules = RULES[number % len(RULES)]
            yield _structure(
                f"{element}-{number}".replace(".", "-"), kind, _sliced(element, how, path, rules), generation
            )
    yield _structure("Target-Location", "Location", [{"path": "Location.name", "min": 1}], generation)
    yield _structure("Target-Slot", "Slot", [{"path": "Slot.comment", "max": "0"}], generation)
    yield _structure("Values", "Patient", _values(generation), generation)
    yield _structure("Nested", "Patient", _nested(), generation)
    yield _structure("Several", "Bundle", _several(), generation)
    yield from _extensions(generation)


def urls(generation: str) -> list[tuple[str, str]]:
    """Type and URL of each profile of a resource, to be claimed by what the fuzzer makes."""
    return [(_type(one), one["url"]) for one in profiles(generation) if _type(one) != "Extension"]


def _type(structure: dict[str, Any]) -> str:
    return str(structure.get("constrainedType") or structure.get("type"))


def _sliced(element: str, how: str, path: str, rules: str) -> list[dict[str, Any]]:
    name = element.rpartition(".")[2]
    first: dict[str, Any] = {"path": element, "sliceName": "one", "min": 1, "max": "1"}
    slicing = {"discriminator": [{"type": how, "path": path}], "rules": rules, "ordered": rules == "closed"}
    return [
        {"path": element, "slicing": slicing},
        first,
        *_told(element, name),
        {"path": element, "sliceName": "one/inner", "max": "1"},
        {"path": element, "sliceName": "two", "max": "2"},
    ]  # fmt: skip


def _told(element: str, name: str) -> list[dict[str, Any]]:
    """What the first slice states at the paths that discriminators use."""
    if name == "participant":
        return [
            {"path": f"{element}.type", "patternCodeableConcept": {"coding": [{"code": "a"}]}},
            {
                "path": f"{element}.actor",
                "min": 1,
                "type": [{"code": "Reference", "targetProfile": BASE + "Target-Location"}],
            },
            {"path": f"{element}.actor.reference", "fixedString": "Location/1"},
            {"path": f"{element}.status", "fixedCode": "accepted"},
        ]
    if name == "slot":
        return [{"path": element + ".display", "min": 1}]
    if name == "contact":
        return [
            {"path": f"{element}.name", "min": 1},
            {"path": f"{element}.telecom", "patternContactPoint": {"system": "phone"}},
            {"path": f"{element}.gender", "fixedCode": "male"},
        ]
    if name == "entry":
        return [
            {"path": f"{element}.fullUrl", "min": 1},
            {
                "path": f"{element}.resource",
                "min": 1,
                "type": [{"code": "Location", "profile": BASE + "Target-Location"}],
            },
        ]
    return []


def _values(generation: str) -> list[dict[str, Any]]:
    family = [] if generation == "dstu2" else [{"path": "Patient.name.family", "fixedString": "Smith"}]
    return [
        {"path": "Patient.identifier", "patternIdentifier": {"system": "http://x.test/s"}},
        {"path": "Patient.identifier.value", "min": 1, "maxLength": 5},
        {"path": "Patient.active", "fixedBoolean": True},
        {"path": "Patient.name", "min": 1, "max": "1"},
        *family,
        {"path": "Patient.gender", "min": 1, "binding": {"strength": "required", **GENDERS}},
        {"path": "Patient.birthDate", "minValueDate": "1900-01-01", "maxValueDate": "2100-01-01"},
        {"path": "Patient.deceased[x]", "type": [{"code": "boolean"}]},
        {"path": "Patient.multipleBirthInteger", "minValueInteger": 1, "maxValueInteger": 9},
        {"path": "Patient.maritalStatus", "fixedCodeableConcept": {"coding": [{"code": "M"}], "text": "x"}},
        {"path": "Patient.photo", "max": "0"},
        {"path": "Patient.communication", "constraint": [_rule()]},
    ]


def _rule() -> dict[str, Any]:
    return {
        "key": "syn-1",
        "severity": "error",
        "human": "a language has a text",
        "expression": "language.text.exists()",
        "xpath": "exists(f:language/f:text)",
    }


def _nested() -> list[dict[str, Any]]:
    return [
        {"path": "Patient.contact.name.text", "min": 1},
        {"path": "Patient.contact.organization", "type": [{"code": "Reference", "targetProfile": BASE + "Nobody"}]},
        {"path": "Patient.link.other", "max": "0"},
        {"path": "Patient.birthDate.extension", "sliceName": "time", "min": 1,
         "type": [_extension("Ext-simple")]},
        {"path": "Patient.extension", "slicing": {"discriminator": [{"type": "value", "path": "url"}], "rules": "closed"}},
        {"path": "Patient.extension", "sliceName": "deep", "min": 1, "type": [_extension("Ext-deep")]},
        {"path": "Patient.modifierExtension", "sliceName": "odd", "type": [_extension("Ext-simple")]},
    ]  # fmt: skip


def _extension(name: str) -> dict[str, Any]:
    return {"code": "Extension", "profile": BASE + name}


def _several() -> list[dict[str, Any]]:
    both = [
        {"code": "Location", "profile": BASE + "Target-Location"},
        {"code": "Location", "profile": CORE + "Location"},
        {"code": "Slot", "profile": BASE + "Target-Slot"},
        {"code": "Patient", "profile": BASE + "Nobody"},
        {"code": "Patient", "profile": BASE + "Values"},
    ]
    return [{"path": "Bundle.entry.resource", "type": both}, {"path": "Bundle.link", "min": 1}]


def _extensions(generation: str) -> Iterator[dict[str, Any]]:
    url, value = {"path": "Extension.url", "fixedUri": BASE + "Ext-simple"}, {"path": "Extension.value[x]"}
    simple = [url, value | {"type": [{"code": "dateTime"}]}]
    deep = [
        {
            "path": "Extension.extension",
            "slicing": {"discriminator": [{"type": "value", "path": "url"}], "rules": "open"},
        },
        {"path": "Extension.extension", "sliceName": "part", "min": 1, "max": "1"},
        {"path": "Extension.extension.url", "fixedUri": "part"},
        {"path": "Extension.url", "fixedUri": BASE + "Ext-deep"},
        {"path": "Extension.value[x]", "max": "0"},
    ]
    kind = {"kind": "datatype" if generation == "dstu2" else "complex-type"}
    for name, elements in (("Ext-simple", simple), ("Ext-deep", deep)):
        made = _structure(name, "Extension", elements, generation)
        yield made | kind | {"contextType": "resource", "context": ["*"]}


def _structure(name: str, kind: str, elements: list[dict[str, Any]], generation: str) -> dict[str, Any]:
    made: dict[str, Any] = {"resourceType": "StructureDefinition", "url": BASE + name, "name": name, "status": "draft",
                            "kind": "resource", "abstract": False}  # fmt: skip
    if generation == "dstu2":
        made |= {"constrainedType": kind, "base": CORE + kind}
        elements = [_older(one) for one in elements]
    else:
        made |= {"type": kind, "derivation": "constraint", "baseDefinition": CORE + kind}
        elements = [
            {"id": one["path"] + (f":{one['sliceName']}" if "sliceName" in one else ""), **one} for one in elements
        ]
    return made | {"differential": {"element": elements}}


def _older(element: dict[str, Any]) -> dict[str, Any]:
    """The element as DSTU2 writes it: names, discriminators as texts, profiles in lists."""
    found = dict(element)
    if "sliceName" in found:
        found["name"] = found.pop("sliceName")
    if "slicing" in found:
        listed = found["slicing"]["discriminator"]
        found["slicing"] = {**found["slicing"], "discriminator": [_text(one["type"], one["path"]) for one in listed]}
    if "type" in found:
        found["type"] = [_older_type(one) for one in found["type"]]
    return found


def _text(kind: str, path: str) -> str:
    return f"{path}.@{kind}".removeprefix("$this.") if kind in ("type", "profile") else path


def _older_type(stated: dict[str, Any]) -> dict[str, Any]:
    profiles = [stated[key] for key in ("profile", "targetProfile") if key in stated]
    return {"code": stated["code"], **({"profile": profiles} if profiles else {})}
