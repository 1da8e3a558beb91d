"""Faults in what slots, schedules, people and places say in a search for free slots."""

from __future__ import annotations

from typing import Any

from conformance.provider.fault_points import Effect
from conformance.provider.faults.effects import Edit, alter, change, drop_extension, edit_extension, put, without
from conformance.provider.faults.fault import DSTU2, EVERY, STU3, Fault

_BASE = "http://hl7.org/fhir/StructureDefinition"
_SPECIALTY = [{"coding": [{"system": "http://snomed.info/sct", "code": "394814009", "display": "General practice"}]}]
_PATIENT = {"reference": "Patient/pat-01"}
_MAIN_ADDRESS = {"use": "work", "line": ["1 Beech Grove"], "city": "Leeds", "postalCode": "LS1 6AE"}
_PHOTO = [{"contentType": "image/png", "url": "https://beeches.example/siân.png"}]
_CHANNEL = {
    "url": "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-GPConnect-DeliveryChannel-2",
    "valueCode": "Video",
}


def _on_search(kind: str, *edits: Edit) -> Effect:
    return change(kind, *edits, on="search")


def _fault(kind: str, what: str, about: str, *edits: Edit, editions: tuple[str, ...] = EVERY) -> Fault:
    return Fault(f"search.{kind.lower()}-{what}", about, _on_search(kind, *edits), editions)


def _profiles(kind: str) -> tuple[Fault, Fault]:
    return (
        _fault(kind, "claims-nothing", f"leaves meta.profile out of each {kind}", without("meta.profile")),
        _fault(
            kind, "claims-base", f"names FHIR's own profile in each {kind}", put("meta.profile", [f"{_BASE}/{kind}"])
        ),
    )


def _times(edit: Edit, *names: str) -> tuple[Edit, ...]:
    return tuple(alter(name, edit) for name in names or ("start", "end"))


def _address(kind: str) -> tuple[Fault, ...]:
    """What both places and organisations can get wrong in addresses and telecoms."""
    rows: tuple[tuple[str, str, Edit], ...] = (
        (
            "address-empty-line",
            "writes an empty line into addresses",
            alter("address", _each(lambda value: {**value, "line": [*value["line"], ""]})),
        ),
        (
            "state",
            "writes the county into state",
            alter("address", _each(lambda value: {**value, "state": "West Yorkshire"})),
        ),
        (
            "address-text",
            "writes addresses as text as well",
            alter("address", _each(lambda value: {**value, "text": "1 Beech Grove, Leeds"})),
        ),
        ("address-useless", "omits the use of addresses", without("address.use")),
        ("telecom-bare", "omits the system of telecoms", without("telecom.system")),
        ("telecom-empty", "writes telecoms without a value", without("telecom.value")),
        ("telecom-useless", "omits the use of telecoms", without("telecom.use")),
    )
    return tuple(_fault(kind, what, about, edit, editions=STU3) for what, about, edit in rows)


def _each(edit: Edit) -> Edit:
    return lambda value: [edit(item) for item in value] if isinstance(value, list) else edit(value)


def _without_place(actors: Any) -> Any:
    """The actors of a schedule without its place: DSTU2 has no others."""
    return (
        [item for item in actors if "Location" not in item["reference"]] or None if isinstance(actors, list) else None
    )


def _more(identifier: dict[str, str]) -> Edit:
    return put("identifier", lambda value: [*(value or []), identifier])


SLOTS = (
    _fault("Slot", "without-id", "leaves the id out of slots", without("id")),
    _fault("Slot", "without-version", "leaves the version out of slots", without("meta.versionId"), editions=DSTU2),
    _fault("Slot", "unknown-element", "has an element that FHIR does not define", put("bookable", True)),
    _fault("Slot", "odd-status", "has a status that FHIR does not know",
           alter("status", lambda _: "FREE"), alter("freeBusyType", lambda _: "FREE")),
    _fault("Slot", "without-schedule", "leaves the schedule out of slots", without("schedule")),
    _fault("Slot", "start-missing", "leaves the start out of slots", without("start")),
    _fault("Slot", "category", "has a service category in the slot", put("serviceCategory", {"text": "General"}),
           editions=STU3),
    _fault("Slot", "ends-at-start", "gives slots no length", put("end", "2026-01-05T09:00:00+00:00"),
           put("start", "2026-01-05T09:00:00+00:00")),
    _fault("Slot", "times-zulu", "writes times of slots with Z", *_times(lambda text: text[:19] + "Z"), editions=STU3),
    _fault("Slot", "times-fraction", "writes fractions of seconds",
           *_times(lambda text: text[:19] + ".000" + text[19:]), editions=STU3),
    _fault("Slot", "times-other-offset", "writes times with the offset of the other half of the year",
           *_times(lambda text: text[:19] + ("+01:00" if text.endswith("+00:00") else "+00:00")), editions=STU3),
    _fault("Slot", "times-no-offset", "writes times of slots without offset", *_times(lambda text: text[:19])),
    _fault("Slot", "times-no-seconds", "writes times of slots without seconds",
           *_times(lambda text: text[:16] + text[19:])),
    _fault("Slot", "without-service", "omits the slot type", without("serviceType"), editions=STU3),
    _fault("Slot", "service-coded-only", "codes the slot type and omits its text", put("serviceType", _SPECIALTY),
           editions=STU3),
    _fault("Slot", "service-empty", "writes an empty slot type", put("serviceType", [{"text": ""}]), editions=STU3),
    _fault("Slot", "specialty", "names a specialty in slots", put("specialty", _SPECIALTY), editions=STU3),
    _fault("Slot", "without-channel", "omits the delivery channel", drop_extension("DeliveryChannel"),
           editions=STU3),
    _fault("Slot", "channel-made-up", "has a delivery channel of its own",
           edit_extension("DeliveryChannel", put("valueCode", "Pigeon")), editions=STU3),
    _fault("Slot", "two-channels", "gives two delivery channels",
           put("extension", lambda value: [*(value or []), _CHANNEL]), editions=STU3),
)  # fmt: skip

SCHEDULES = (
    _fault("Schedule", "without-id", "leaves the id out of schedules", without("id")),
    _fault("Schedule", "no-actor", "leaves place and practitioner out of schedules", without("actor")),
    _fault("Schedule", "actor-patient", "names a patient in schedules",
           put("actor", lambda value: [*value, _PATIENT] if isinstance(value, list) else _PATIENT)),
    _fault("Schedule", "two-locations", "has two places in each schedule",
           alter("actor", lambda value: [*value, {"reference": "Location/loc-annexe"}]), editions=STU3),
    _fault("Schedule", "no-location", "leaves the place out of schedules",
           alter("actor", _without_place)),
    _fault("Schedule", "specialty", "names a specialty in schedules", put("specialty", _SPECIALTY), editions=STU3),
    _fault("Schedule", "without-role", "omits the practitioner role", drop_extension("PractitionerRole"),
           editions=STU3),
    _fault("Schedule", "role-uncoded", "writes the practitioner role as text alone",
           edit_extension("PractitionerRole", put("valueCodeableConcept", {"text": "Doctor"})), editions=STU3),
    _fault("Schedule", "service-type", "has a service type in schedules", put("serviceType", [{"text": "General"}]),
           editions=STU3),
    _fault("Schedule", "active", "says that schedules are active", put("active", True), editions=STU3),
    _fault("Schedule", "nameless", "omits the session's name", without("serviceCategory"), editions=STU3),
    Fault("search.horizon-zulu", "writes planning horizons with Z",
          _on_search("Schedule", *_times(lambda text: text[:19] + "Z", "planningHorizon.start",
                     "planningHorizon.end")), STU3),
    Fault("search.horizon-date", "writes planning horizons as dates",
          _on_search("Schedule", *_times(lambda text: text[:10], "planningHorizon.start", "planningHorizon.end"))),
    Fault("search.horizon-endless", "omits the start of planning horizons",
          _on_search("Schedule", without("planningHorizon.start")), STU3),
    Fault("search.horizon-of-yesterday", "gives planning horizons that ended long ago",
          _on_search("Schedule", put("planningHorizon.start", "2020-01-06T09:00:00+00:00"),
                     put("planningHorizon.end", "2020-01-06T12:00:00+00:00"))),
)  # fmt: skip

PEOPLE = (
    _fault("Practitioner", "nameless", "omits the name of practitioners", without("name")),
    _fault("Practitioner", "two-names", "gives practitioners two names", alter("name", lambda value: value * 2),
           editions=STU3),
    _fault("Practitioner", "other-id", "has other ids for practitioners in searches than in reads",
           alter("id", lambda value: f"{value}-x")),
    _fault("Practitioner", "bad-gender", "writes a gender that FHIR does not know", put("gender", "F")),
    _fault("Practitioner", "genderless", "omits the gender of practitioners", without("gender"), editions=STU3),
    _fault("Practitioner", "no-user-id", "omits the SDS user id of practitioners",
           alter("identifier", lambda value: value[1:])),
    _fault("Practitioner", "two-user-ids", "gives practitioners two SDS user ids",
           alter("identifier", lambda value: [value[0], *value])),
    _fault("Practitioner", "ods-id", "identifies practitioners by an ODS code",
           _more({"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "A20047"})),
    _fault("Practitioner", "telecom", "discloses practitioners' telephone numbers",
           put("telecom", [{"system": "phone", "value": "07700 900999"}]), editions=STU3),
    _fault("Practitioner", "address", "discloses practitioners' addresses", put("address", [{"line": ["1 Private Road"]}]),
           editions=STU3),
    _fault("Practitioner", "birthdate", "discloses practitioners' birth dates", put("birthDate", "1970-01-01"),
           editions=STU3),
    _fault("Practitioner", "photo", "shows photos of practitioners", put("photo", _PHOTO), editions=STU3),
    _fault("Practitioner", "qualification", "lists practitioners' qualifications",
           put("qualification", [{"code": {"text": "MRCGP"}}]), editions=STU3),
)  # fmt: skip

PLACES = (
    _fault("Location", "nameless", "omits the name of locations", without("name")),
    _fault("Location", "without-address", "omits the address of locations", without("address")),
    _fault("Location", "unmanaged", "omits the managing organisation of locations",
           without("managingOrganization")),
    _fault("Location", "other-id", "has other ids for locations in searches than in reads",
           alter("id", lambda value: f"{value}-x")),
    _fault("Location", "main-name", "gives every location the name of the main surgery",
           put("name", "The Beeches Surgery"), put("address", _MAIN_ADDRESS)),
    _fault("Location", "mode-wrong", "has a mode that FHIR does not know", put("mode", "somewhere")),
    _fault("Location", "ods-code", "identifies locations by the organisation's code",
           put("identifier", [{"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "A20047"}])),
    _fault("Location", "endpoint", "shows endpoints of locations", put("endpoint", [{"reference": "Endpoint/1"}]),
           editions=STU3),
    *_address("Location"),
)  # fmt: skip

ORGANISATIONS = (
    _fault("Organization", "nameless", "omits the name of the organisation", without("name")),
    _fault("Organization", "renamed", "returns another organisation name in searches than in reads",
           put("name", "The Beeches")),
    _fault("Organization", "other-id", "has another id for the organisation in searches than in reads",
           alter("id", lambda value: f"{value}-x")),
    _fault("Organization", "without-ods", "omits the ODS code of the organisation", without("identifier")),
    _fault("Organization", "two-ods", "gives the organisation two ODS codes",
           alter("identifier", lambda value: value * 2)),
    _fault("Organization", "of-another", "names another organisation than the practice",
           put("identifier.value", "B30047")),
    _fault("Organization", "without-address", "omits the organisation's address", without("address"),
           editions=STU3),
    _fault("Organization", "without-telecom", "omits the organisation's telephone number", without("telecom"),
           editions=STU3),
    _fault("Organization", "contact", "shows the organisation's contacts",
           put("contact", [{"name": {"text": "Manager"}}]), editions=STU3),
    _fault("Organization", "endpoint", "shows the organisation's endpoints",
           put("endpoint", [{"reference": "Endpoint/1"}]), editions=STU3),
    *_address("Organization"),
)  # fmt: skip

FAULTS: tuple[Fault, ...] = (
    *(fault for kind in ("Slot", "Schedule", "Practitioner", "Location", "Organization") for fault in _profiles(kind)),
    *SLOTS,
    *SCHEDULES,
    *PEOPLE,
    *PLACES,
    *ORGANISATIONS,
)
