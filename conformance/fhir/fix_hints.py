"""How to mend what an issue names, by the issue's code; where the message says all there is to say, there is no hint."""

from __future__ import annotations

HINTS = {
    "byte-order-mark": "Save the text as UTF-8 without a byte order mark.",
    "code-display": "Give the display that belongs to the code, or leave it out.",
    "doctype": "Leave the DOCTYPE out, and write the characters themselves instead of its entities.",
    "duplicate-key": "Keep one of the two; a repeating element is one list.",
    "empty-list": "Leave out what has no content.",
    "empty-object": "Leave out what has no content.",
    "list-expected": "Put the value in square brackets, even where it is the only one.",
    "list-unexpected": "Take the square brackets away.",
    "modifier-extension-unknown": "Leave it out, or agree on its definition with those who have to understand it.",
    "not-checked-binding": "Check the code by hand, or against a terminology server.",
    "not-checked-profile": "Add the definition to those loaded.",
    "not-utf8": "Save or send the text in UTF-8.",
    "null-value": "Leave out what has no value.",
    "prohibited-element": "Leave it out: the profile does not allow it here.",
    "reference-unresolved": "Add the resource to the Bundle, or refer to it on its server.",
    "resource-type-unknown": "Check the spelling; letter case matters.",
    "too-large": "Split the content, or allow a larger size.",
    "unknown-element": "Check the spelling; what FHIR does not define goes into an extension.",
    "wrong-json-type": "Numbers and booleans stand without quotation marks, all other primitives within.",
    "wrong-namespace": 'Declare xmlns="http://hl7.org/fhir" on the root element.',
    "wrong-order": "The definition of the type gives the order.",
}
