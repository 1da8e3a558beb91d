"""Values only: whether a place in a text is a value, rather than a key, a name of the format, or a code."""

from __future__ import annotations

import re

from conformance.core.nhs_numbers import LENGTH
from conformance.redaction.encodings import Change

_CODES = "resourceType|code|system|status|use|gender|mode|severity|type|contentType|profile|language|fhirVersion"
_CODE_BEFORE = re.compile(
    rf"(?:\"(?:{_CODES})\"\s{{0,9}}:\s{{0,9}}|<(?:\w{{1,20}}:)?(?:{_CODES})\s{{1,9}}value\s?=\s?)[\"']\Z"
)
_KEY_BEHIND = re.compile(r'[^"\\\n]{0,200}"\s{0,20}:')
_ATTRIBUTE_BEHIND = re.compile(r"[\w.:-]{0,80}\s{0,9}=\s{0,9}[\"']")
_ELEMENT_BEFORE = re.compile(r"</?(?:[\w.-]{1,40}:)?[\w.-]{0,40}\Z")


def is_value(text: str, change: Change) -> bool:
    """Say whether a place is neither a key of JSON, nor the name of an element or attribute, nor all of a code."""
    start, end, _ = change
    if _is_number(text[start:end]):
        return True
    if text[end : end + 1] in "\"'" and text[end:] and _CODE_BEFORE.search(text[max(0, start - 60) : start]):
        return False
    if '"' in text[max(0, start - 200) : start] and _KEY_BEHIND.match(text, end):
        return False
    if "<" not in text[max(0, start - 400) : start]:
        return True
    if _ELEMENT_BEFORE.search(text[max(0, start - 82) : start]):
        return False
    return not (text[start - 1].isspace() and _ATTRIBUTE_BEHIND.match(text, end))


def _is_number(shown: str) -> bool:
    return sum(map(str.isdigit, shown)) >= LENGTH - 3 and not any(map(str.isalpha, shown))
