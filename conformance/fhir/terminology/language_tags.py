"""Language tags: well formed by the grammar of BCP 47 (RFC 5646 section 2.1). Which subtags are registered is not looked up."""

from __future__ import annotations

import re

from conformance.fhir.definitions.element_definitions import words

SYSTEM = "urn:ietf:bcp:47"
# The value sets that are the grammar itself: STU3's maximum set for languages, and what DSTU2 binds Resource.language to.
VALUE_SETS = frozenset(["http://hl7.org/fhir/ValueSet/all-languages", "http://tools.ietf.org/html/bcp47"])

_LONGEST = 200
_TAG = re.compile(
    r"(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})"  # language, with up to three extended languages
    r"(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?"  # script, region
    r"(?P<variants>(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)"
    r"(?P<extensions>(?:-[a-wy-z0-9](?:-[a-z0-9]{2,8})+)*)"
    r"(?:-x(?:-[a-z0-9]{1,8})+)?",
    re.ASCII,
)
_PRIVATE = re.compile(r"x(?:-[a-z0-9]{1,8})+", re.ASCII)
_IRREGULAR = words(
    """en-gb-oed i-ami i-bnn i-default i-enochian i-hak i-klingon i-lux i-mingo i-navajo i-pwn i-tao i-tay i-tsu
    sgn-be-fr sgn-be-nl sgn-ch-de zh-min-nan"""
)


def is_well_formed(tag: str) -> bool:
    """True for a language tag of BCP 47; letter case does not matter."""
    text = tag.lower()
    if len(text) > _LONGEST or not text.isascii():
        return False
    if text in _IRREGULAR or _PRIVATE.fullmatch(text):
        return True
    match = _TAG.fullmatch(text)
    if match is None:
        return False
    variants = match["variants"].split("-")[1:]
    singletons = [part for part in match["extensions"].split("-") if len(part) == 1]
    return len(set(variants)) == len(variants) and len(set(singletons)) == len(singletons)
