"""A variant of the bundled provider, explained."""

from __future__ import annotations

from fnmatch import fnmatchcase

from conformance.explaining.catalogue_text import first_rows
from conformance.explaining.layout import Text
from conformance.provider.variants import catalogue
from conformance.provider.variants.variant import Expected
from conformance.spec import Edition, editions, load

ANY = "*"
"""The pattern of what a variant says of every scenario."""


def covers(expected: Expected, scenario: str) -> bool:
    """Whether what is expected on a variant is said of a scenario."""
    return any(fnmatchcase(scenario, pattern) for pattern in expected.scenarios.split())


def explain_variant(name: str, edition: Edition, *, full: bool = False) -> Text:
    """Return a variant in words. KeyError where there is none of that name."""
    variant, text = catalogue()[name], Text(full=full)
    text.title(f"{name}: a variant of the bundled provider, different and right")
    text.say(f"{variant.title}.")
    text.say(f"Why that is right: {variant.allowed}")
    text.rows([("Editions", ", ".join(known for known in editions() if variant.exists_in(load(known))))])
    text.section("Scenarios that may come to something else than pass on it")
    first_rows(
        text,
        [("any" if one.scenarios == ANY else one.scenarios, f"{one.verdict}: {one.why}") for one in variant.expects],
    )
    text.section("See it")
    text.verbatim(f"gpconnect-assure provider --edition {edition.name} --variant {name}")
    return text
