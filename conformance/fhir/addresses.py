"""The two kinds of address in FHIR, each read in one place: references and canonical URLs.

Source: FHIR 1.0.2 and 3.0.1 "Resource References"; the canonical URL with `|version` is of 3.0.1, "References between
Resources".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

_ID = r"[A-Za-z0-9\-.]{1,64}"
_REST = re.compile(rf"(?P<base>https?://\S+?/)?(?P<type>[A-Z][A-Za-z]+)/(?P<id>{_ID})(?:/_history/(?P<version>{_ID}))?")
_URN = re.compile(r"urn:(?:uuid|oid):\S+")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:\S+")
_HISTORY = re.compile(rf"/_history/{_ID}$")

Form = Literal["relative", "absolute", "contained", "urn", "url", "none"]


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference as read.

    `form` is relative (`Type/id`), absolute (the URL of a resource), contained (`#id`), urn (within a Bundle), url (any
    other URL) or none (no reference at all). `base` is what stands before the type, with its slash; `type`, `id` and
    `version` are "" where the text does not give them.
    """

    text: str
    form: Form
    base: str = ""
    type: str = ""
    id: str = ""
    version: str = ""

    @property
    def target(self) -> str:
        """What two references must have in common to mean the same resource: `Type/id`, else the text as it stands."""
        return f"{self.type}/{self.id}" if self.type else self.text

    def leads_to(self, resource_type: str) -> bool:
        """Whether this is a reference to a resource of a type on some server."""
        return self.type == resource_type


def read_reference(text: Any) -> Reference:
    """Return a reference as read; anything but a text is none."""
    if not isinstance(text, str) or not text:
        return Reference("", "none")
    match = _REST.fullmatch(text)
    if match:
        base = match["base"] or ""
        form: Form = "absolute" if base else "relative"
        return Reference(text, form, base, match["type"], match["id"], match["version"] or "")
    if text[0] == "#":
        return Reference(text, "contained", id=text[1:])
    if _URN.fullmatch(text):
        return Reference(text, "urn")
    return Reference(text, "url" if _URL.fullmatch(text) else "none")


@dataclass(frozen=True, slots=True)
class CanonicalUrl:
    """A canonical URL as read: `url` without what was written behind it, `suffix` what that was ("" for nothing)."""

    url: str
    suffix: str = ""

    @property
    def version(self) -> str:
        """The version that `|version` or `/_history/version` names; "" for none."""
        return self.suffix.removeprefix("/_history/").strip("|/").partition("|")[0]


def read_canonical(text: Any) -> CanonicalUrl:
    """Return a canonical URL as read: `|version`, `/_history/version` and a slash at the end are set apart."""
    whole = text.strip() if isinstance(text, str) else ""
    url = _HISTORY.sub("", whole.partition("|")[0]).rstrip("/")
    return CanonicalUrl(url, whole[len(url) :])
