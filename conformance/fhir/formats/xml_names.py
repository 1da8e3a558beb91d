"""Names and namespaces of FHIR XML, as the event parser reports them."""

from __future__ import annotations

FHIR = "http://hl7.org/fhir"
XHTML = "http://www.w3.org/1999/xhtml"
SCHEMA_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"

# Between namespace, name and prefix the parser puts a character that no XML document can hold.
SEPARATOR = "\x0c"


def split_name(name: str) -> tuple[str, str, str]:
    """Namespace, local name and prefix of a reported name; what is absent is empty."""
    parts = name.split(SEPARATOR)
    if len(parts) == 1:
        return "", parts[0], ""
    return parts[0], parts[1], parts[2] if len(parts) > 2 else ""
