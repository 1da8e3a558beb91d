"""Elements that a resource may have beyond what the provider has, and names and numbers of every kind."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from conformance.provider.clock import seconds_of
from conformance.provider.faults.effects import Edit, alter, content, without
from conformance.provider.faults.fault import DSTU2, STU3
from conformance.provider.fixture import Practice
from conformance.provider.http import Json
from conformance.provider.variants.effects import adds, furnishes, reverses, shows
from conformance.provider.variants.variant import Expected, Variant

_OPEN = (
    "FHIR, Extensibility: any resource may carry further extensions, and a consumer ignores those that it does not know"
)
_OPTIONAL = "FHIR: an optional element of the resource, which the GP Connect profile leaves open"
_NO_ORDER = "neither FHIR's definition of the element nor a page gives the items of the list an order"
_SUPPLIER = "https://supplier.example.org/fhir/StructureDefinition"


def _many(kinds: str, *edits: Edit) -> tuple[Any, ...]:
    return tuple(effect for kind in kinds.split() for effect in shows(kind, *edits))


_ALL = "Patient Practitioner Organization Location Schedule Slot Appointment"


def _narrative(resource: Json) -> Json:
    text = f'<div xmlns="http://www.w3.org/1999/xhtml"><p>{resource["resourceType"]} &amp; co.</p></div>'
    return {**resource, "text": {"status": "generated", "div": text}}


def _updated(resource: Json) -> Json:
    meta = resource.get("meta", {})
    return {**resource, "meta": {"lastUpdated": "2026-01-05T09:00:00.123+00:00", **meta}}


def _tagged(resource: Json) -> Json:
    tag = {"system": "https://supplier.example.org/tags", "code": "live", "display": "Live data"}
    security = {"system": "http://hl7.org/fhir/v3/Confidentiality", "code": "N", "display": "normal"}
    return {**resource, "meta": {**resource.get("meta", {}), "tag": [tag], "security": [security]}}


def _language(resource: Json) -> Json:
    return {**resource, "language": "en-GB"}


def _more_profiles(resource: Json) -> Json:
    meta = resource.get("meta", {})
    return {**resource, "meta": {**meta, "profile": [*meta.get("profile", ()), f"{_SUPPLIER}/Supplier-1"]}}


_SIMPLE = {"url": f"{_SUPPLIER}/Extension-Note-1", "valueString": "known to us only"}
_COMPLEX = {
    "url": f"{_SUPPLIER}/Extension-Record-1",
    "extension": [
        {"url": "clerk", "valueString": "O\u2019Hara"},
        {"url": "at", "valueDateTime": "2026-01-05T09:00:00+00:00"},
    ],
}
_DECIMAL = {"url": f"{_SUPPLIER}/Extension-Distance-1", "valueDecimal": Decimal("12.50")}
_TINY = {"url": f"{_SUPPLIER}/Extension-Rate-1", "valueDecimal": Decimal("0.000000000000000000123")}
_OWN_NUMBER = {"system": "https://supplier.example.org/Id/record", "value": "7/000 123"}
_PRIMITIVE = {"extension": [{"url": f"{_SUPPLIER}/Extension-Source-1", "valueCode": "clock"}]}


def _primitive(name: str) -> Edit:
    return lambda resource: {**resource, f"_{name}": _PRIMITIVE} if name in resource else resource


def _renamed(practice: Practice) -> Practice:
    """The same people and places with names of other scripts, apostrophes and marks."""
    family = {
        "prac-ashworth": "\u0141ukaszewicz-D'Arcy", "prac-okafor": "\u674e\u5c0f\u9f8d", "prac-novak": "O\u2019Brien & <Sons>",
    }  # fmt: skip
    people = {
        key: {**row, "name": {**row["name"], "family": family.get(key, row["name"]["family"])}}
        for key, row in practice.practitioners.items()
    }
    places = {
        key: {**row, "name": f'{row["name"]} \u2014 \u00c6r\u00f8 "\u0391\u0392" \u2764'}
        for key, row in practice.locations.items()
    }
    return replace(practice, practitioners=people, locations=places)


def _long_names(practice: Practice) -> Practice:
    places = {
        key: {**row, "name": (row["name"] + " and health centre") + " x" * 500}
        for key, row in practice.locations.items()
    }
    return replace(practice, locations=places)


def _lined(practice: Practice) -> Practice:
    places = {
        key: {
            **row,
            "address": {
                **row["address"],
                "line": ["Suite 1a", "The Old Mill", "Mill Lane", "Upper Village", "near Leeds"],
            },
        }
        for key, row in practice.locations.items()
    }
    return replace(practice, locations=places)


def _fewer_parts(practice: Practice) -> Practice:
    """Addresses without district and country, telecoms of one number."""

    def less(row: Any) -> Any:
        kept = {name: item for name, item in row["address"].items() if name not in {"district", "country"}}
        return {**row, "address": kept, "telecom": row["telecom"][:1]}

    return replace(
        practice,
        locations={key: less(row) for key, row in practice.locations.items()},
        organizations={key: less(row) for key, row in practice.organizations.items()},
    )


def _contact_points(resource: Json) -> Json:
    more = [
        {"system": "fax", "value": "0113 496 0999", "use": "work"},
        {"system": "phone", "value": "+44 113 496 0998", "use": "mobile", "rank": 2},
    ]
    return {**resource, "telecom": [*resource.get("telecom", ()), *more]}


_VARIANTS_OF_NAMES = "FHIR, string: any Unicode text but control characters; the data model pages set no alphabet"


# The appointment in the past is a file of the configuration, which shows it as the provider without variants does: an update
# of it is refused as one that changes something else.
_PAST = "amend.accepts-past cancel.accepts-past"


def _element(
    name: str, title: str, allowed: str, effects: Any, editions: tuple[str, ...] = (), aspect: str = ""
) -> Variant:
    return Variant(f"elements.{name}", title, allowed, effects, editions, aspect, masks=_PAST)


_CANONICAL = (
    "FHIR, Resource.meta.profile is a uri; no page forbids a version behind it, and FHIR's later releases write one so"
)
_ONE_WARNING = (
    Expected(
        "warn",
        "*profile-claimed book.names-profile search.*-claim register.*claim* *names-profile",
        "what stands behind the URL of a profile is recognised, with a warning that names it",
    ),
)


def _suffixed(suffix: str) -> tuple[Any, ...]:
    """Profiles with something behind their URLs, which is taken off again when it comes back."""
    shown = _many(_ALL, alter("meta.profile", lambda value: [f"{url}{suffix}" for url in value]))
    return (*shown, content(alter("meta.profile", lambda value: [str(url).removesuffix(suffix) for url in value])))


VARIANTS = (
    Variant(
        "elements.profile-version",
        "writes the version behind the URL of each profile",
        _CANONICAL,
        _suffixed("|1.0.0"),
        aspect="canonicals",
        expects=_ONE_WARNING,
    ),
    Variant(
        "elements.profile-history",
        "writes the history behind the URL of each profile",
        _CANONICAL,
        _suffixed("/_history/1.8"),
        aspect="canonicals",
        expects=_ONE_WARNING,
    ),
    _element(
        "narrative",
        "writes a narrative into every resource",
        "FHIR, DomainResource.text; FHIR API guidance, Resource narrative: not expected to be populated, and not forbidden",
        _many(_ALL, _narrative),
    ),
    _element(
        "last-updated",
        "says when each resource was changed last",
        "FHIR, Resource.meta.lastUpdated; FHIR API guidance, FHIR out of scope: not expected, and may be done (stu3: MAY)",
        _many(_ALL, _updated),
    ),
    _element(
        "tags",
        "gives tags and security labels",
        "FHIR, Resource.meta: tag and security; FHIR API guidance, FHIR out of scope: not expected, and may be done",
        _many(_ALL, _tagged),
    ),
    _element(
        "language",
        "says in which language each resource is",
        "FHIR, Resource.language: optional",
        _many(_ALL, _language),
    ),
    _element(
        "further-profile",
        "names a profile of its own beside that of GP Connect",
        "FHIR, Resource.meta.profile: a list; FHIR API guidance, Resource metadata: one of GP Connect's SHALL be in it",
        _many(_ALL, _more_profiles),
    ),
    _element(
        "unknown-extension",
        "writes an extension of its own into every resource",
        _OPEN,
        _many(_ALL, adds("extension", _SIMPLE)),
    ),
    _element(
        "complex-extension",
        "writes an extension of its own with parts",
        _OPEN,
        _many(_ALL, adds("extension", _COMPLEX)),
    ),
    _element(
        "decimal",
        "writes a decimal with trailing zeros into an extension of appointments and slots",
        "FHIR, decimal; FHIR API guidance, Resource data types: the precision of a decimal has significance",
        _many("Appointment Slot Patient", adds("extension", _DECIMAL)),
    ),
    _element(
        "tiny-decimal",
        "writes a decimal of 21 places into an extension of appointments",
        "FHIR, decimal: arbitrary precision, which a double does not hold; FHIR API guidance, Resource data types",
        _many("Appointment", adds("extension", _TINY)),
    ),
    _element(
        "primitive-extension",
        "writes extensions into simple elements",
        "FHIR, Extensibility: primitive elements may have extensions, in JSON in a member that begins with _",
        (
            *_many("Appointment Slot", _primitive("start"), _primitive("end")),
            *_many("Patient", _primitive("birthDate")),
        ),
    ),
    _element(
        "first-extension",
        "puts an extension of its own before those of GP Connect",
        _OPEN,
        _many(
            "Appointment Patient Schedule",
            lambda resource: {**resource, "extension": [_SIMPLE, *resource.get("extension", ())]},
        ),
    ),
    _element(
        "reversed-extensions", "writes extensions in another order", _NO_ORDER, _many(_ALL, reverses("extension"))
    ),
    _element(
        "reversed-participants",
        "names participants in another order",
        _NO_ORDER,
        _many("Appointment", reverses("participant")),
    ),
    _element(
        "reversed-identifiers",
        "writes identifiers in another order",
        _NO_ORDER,
        _many("Patient Organization Location Appointment Practitioner", reverses("identifier")),
        STU3,
    ),
    _element(
        "reversed-actors",
        "names the actors of schedules in another order",
        _NO_ORDER,
        _many("Schedule", reverses("actor")),
        STU3,
    ),
    _element(
        "further-identifiers",
        "gives appointments, slots and schedules identifiers of its own",
        _OPTIONAL,
        _many("Appointment Slot Schedule", adds("identifier", _OWN_NUMBER)),
    ),
    _element(
        "no-own-identifiers", "gives appointments no identifier", _OPTIONAL, _many("Appointment", without("identifier"))
    ),
    _element("telecoms", "gives places further numbers", _OPTIONAL, _many("Organization Location", _contact_points)),
    _element(
        "scripts",
        "writes names in several scripts, with apostrophes and marks",
        _VARIANTS_OF_NAMES,
        furnishes(_renamed),
        (),
        "names",
    ),
    _element(
        "long-names",
        "writes names of a thousand characters",
        "FHIR API guidance, Resource data types: strings up to 1 MB",
        furnishes(_long_names),
        (),
        "names",
    ),
    _element(
        "address-lines",
        "writes addresses of five lines",
        "FHIR, Address.line: a list; resource guidance, Address (stu3): every line there is",
        furnishes(_lined),
        (),
        "addresses",
    ),
    _element(
        "short-addresses",
        "writes addresses without district and country",
        "FHIR, Address: every part is optional; resource guidance, Address (stu3): what is not present is not populated",
        furnishes(_fewer_parts),
        (),
        "addresses",
    ),
    _element(
        "minutes",
        "says how many minutes an appointment takes",
        _OPTIONAL,
        _many("Appointment", lambda resource: {**resource, "minutesDuration": _minutes(resource)}),
    ),
    _element(
        "overbooked",
        "says of slots whether they are overbooked",
        "FHIR, Slot.overbooked: optional",
        _many("Slot", lambda resource: {**resource, "overbooked": False}),
    ),
    _element(
        "comments",
        "writes comments into slots and schedules",
        "FHIR, Slot.comment and Schedule.comment: optional",
        _many("Slot Schedule", lambda resource: {**resource, "comment": "Ring the \u201clower\u201d bell"}),
    ),
    _element(
        "middle-names",
        "gives patients a suffix behind their names",
        _OPTIONAL,
        _many("Patient", alter("name", lambda value: [{**item, "suffix": ["BSc"]} for item in value])),
    ),
    _element(
        "former-names",
        "gives patients a former name beside the present one",
        "FHIR, Patient.name: a list; the profile slices the official name and leaves other uses open",
        _many("Patient", adds("name", {"use": "old", "family": "Fr\u00fcher", "given": ["Zo\u00eb"]})),
        STU3,
    ),
    _element(
        "general-practitioner",
        "names the general practice of patients",
        "FHIR, Patient: a reference that the profile leaves open",
        _many(
            "Patient",
            lambda resource: {**resource, "generalPractitioner": [{"reference": "Organization/org-practice"}]},
        ),
        STU3,
    ),
    _element(
        "care-provider",
        "names the general practice of patients",
        "FHIR DSTU2, Patient.careProvider: optional",
        _many(
            "Patient",
            lambda resource: {**resource, "careProvider": [{"reference": "Organization/org-practice", "display": "P"}]},
        ),
        DSTU2,
    ),
    _element(
        "active-people",
        "says of practitioners and organisations that they are active",
        "FHIR: active is optional",
        _many("Practitioner Organization", lambda resource: {**resource, "active": True}),
    ),
    _element(
        "location-facts",
        "gives locations status, description and position",
        _OPTIONAL,
        _many(
            "Location",
            lambda resource: {
                **resource,
                "status": "active",
                "description": "By the bridge",
                "position": {"longitude": Decimal("-1.5490"), "latitude": Decimal("53.80")},
            },
        ),
    ),
)


def _minutes(resource: Json) -> int:
    start, end = seconds_of(resource["start"]), seconds_of(resource["end"])
    return max(1, ((end or 0) - (start or 0)) // 60)
