"""A fault of the bundled provider, explained."""

from __future__ import annotations

from conformance.engine.collection import collect
from conformance.explaining.catalogue_text import first_rows
from conformance.explaining.layout import Text
from conformance.provider.faults import catalogue
from conformance.spec import Edition, editions, load


def explain_fault(name: str, edition: Edition, *, full: bool = False) -> Text:
    """Return a fault in words, with all scenarios where `full`. KeyError where there is none of that name."""
    fault, text = catalogue()[name], Text(full=full)
    text.title(f"{name}: a fault of the bundled provider")
    text.say(f"With it the provider {fault.about}.")
    text.rows([("Editions", ", ".join(known for known in editions() if fault.exists_in(load(known))))])
    text.section("Scenarios that must fail on it")
    cases = [entry.case for entry in collect() if entry.case.runs_in(edition.name)]
    first_rows(text, [(case.id, case.title) for case in cases if name in case.fault_ids(edition.name)])
    text.section("See it")
    text.verbatim(f"gpconnect-assure provider --edition {edition.name} --fault {name}")
    text.verbatim(f"gpconnect-assure prove --quick --edition {edition.name} -k {name}")
    return text
