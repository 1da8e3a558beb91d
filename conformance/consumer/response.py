"""A response as scenarios and checks see it: the exchange, and its body read as FHIR in either form, once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from conformance.consumer.usable_parts import logical_id, version
from conformance.core.exchange import Exchange

if TYPE_CHECKING:
    from conformance.fhir.definitions.element_layout import Shapes
    from conformance.fhir.formats.json_reader import Document
    from conformance.fhir.issues import Issue

_XML_TYPES = ("+xml", "/xml", "xml+fhir")
_JSON_TYPES = ("+json", "/json", "json+fhir")


def resource_names(response: Response) -> set[str]:
    """Return the resources of a response as `Type/id`, those of a Bundle's entries too, as far as their ids can be used."""
    held = (response.resource, *response.entries())
    return {f"{resource.get('resourceType')}/{name}" for resource in held if (name := logical_id(resource))}


class Response:
    """One response. `shapes` gives the definitions needed to read XML; it is called only for an XML body."""

    def __init__(self, exchange: Exchange, shapes: Callable[[], Shapes]) -> None:
        self.exchange = exchange
        self.recurs = False  # whether the same came again while the control succeeded: then it is the provider's
        self._shapes = shapes

    @property
    def number(self) -> int:
        """The number of the exchange."""
        return self.exchange.number

    @property
    def status(self) -> int | None:
        """The HTTP status, None when no response came."""
        return self.exchange.status

    @property
    def unreachable(self) -> bool:
        """Whether no response came at all, rather than a wrong one, and nothing shows that the provider is why.

        Once headers or other bytes have come, what breaks is the provider's; so is what comes again while the control
        succeeds.
        """
        exchange = self.exchange
        came = exchange.response_headers or exchange.response_body
        return exchange.failure is not None and not came and not self.recurs

    @property
    def etag(self) -> str | None:
        """The header ETag as it stands."""
        return self.exchange.header("ETag")

    @property
    def current(self) -> str | None:
        """What to send as If-Match for the resource returned: its ETag, or where that is missing, one made of its version."""
        held = version(self.resource)
        return self.etag or (f'W/"{held}"' if held else None)

    @cached_property
    def document(self) -> Document:
        """The body as read: value, problems and places. An empty body has the value None and no problem."""
        from conformance.fhir.formats.json_reader import Document, read_json

        body = self.exchange.response_body
        if self.exchange.status is None or not body.strip():
            return Document(None)
        if self.form == "xml":
            from conformance.fhir.formats.xml import read_xml

            return read_xml(body, self._shapes())
        return read_json(body)

    @property
    def form(self) -> str:
        """`json` or `xml`: as the media type says, else as the body's first character suggests."""
        kind = self.exchange.media_type
        if kind.endswith(_XML_TYPES):
            return "xml"
        if kind.endswith(_JSON_TYPES):
            return "json"
        return "xml" if self.exchange.response_body.lstrip()[:1] == b"<" else "json"

    @property
    def value(self) -> Any:
        """The body in the JSON form, None when there is none or it cannot be read."""
        return self.document.value

    @property
    def problems(self) -> list[Issue]:
        """What is wrong with the text of the body, before any profile."""
        return self.document.problems

    @property
    def resource(self) -> dict[str, Any]:
        """The body as a resource, {} when it is none."""
        value = self.value
        return value if isinstance(value, dict) else {}

    @property
    def resource_type(self) -> str | None:
        """The resource type of the body, None when it is no resource."""
        found = self.resource.get("resourceType")
        return found if isinstance(found, str) else None

    @property
    def is_resource(self) -> bool:
        """Whether the body has the name of a FHIR resource; a web page, which reads as XML too, has not."""
        name = self.resource_type or ""
        return name[:1].isupper() and name.isalpha() and name.upper() != "HTML"

    def entries(self, resource_type: str | None = None) -> Iterator[dict[str, Any]]:
        """Yield the resources of a Bundle's entries, of one type or of all that were found; none when the body is no Bundle.

        An OperationOutcome of search mode outcome is about the search and was not found by it.
        """
        held = self.resource.get("entry") if self.resource_type == "Bundle" else None
        for entry in held if isinstance(held, list) else ():
            resource = entry.get("resource") if isinstance(entry, dict) else None
            if not isinstance(resource, dict):
                continue
            if resource.get("resourceType") == resource_type or (resource_type is None and not _is_outcome(entry)):
                yield resource

    def found_entries(self) -> list[Any]:
        """Return the entries of a Bundle as they came, but for an OperationOutcome of search mode outcome."""
        entries = self.resource.get("entry")
        return [entry for entry in entries if not _is_outcome(entry)] if isinstance(entries, list) else []

    def ids(self, resource_type: str) -> set[str]:
        """Return the logical ids of a Bundle's entries of a type, as far as they can be used."""
        return set(self.by_id(resource_type))

    def by_id(self, resource_type: str) -> dict[str, dict[str, Any]]:
        """Return the entries of a type by their logical ids; those without a usable id are left out."""
        named = ((logical_id(resource), resource) for resource in self.entries(resource_type))
        return {found: resource for found, resource in named if found is not None}

    def part(self, resource: dict[str, Any]) -> Response:
        """Return one resource of this response (an entry of a Bundle, say) as a response of its own, for checks to judge."""
        from conformance.fhir.formats.json_reader import Document

        view = Response(self.exchange, self._shapes)
        view.document = Document(resource)
        return view

    def followed_by(self, surplus: bytes) -> Response:
        """Return this response as one behind which bytes came that it did not announce."""
        view = Response(replace(self.exchange, surplus=surplus), self._shapes)
        view.document = self.document
        return view

    @property
    def carried_out(self) -> bool:
        """Whether the status says that the request was carried out: any 2xx, also one that the specification does not list."""
        return 200 <= (self.status or 0) < 300

    @property
    def explanation(self) -> str:
        """What an OperationOutcome says in words: its first diagnostics or text, shortened; "" where it says nothing."""
        issues = self.resource.get("issue") if self.resource_type == "OperationOutcome" else None
        for issue in issues if isinstance(issues, list) else ():
            details = issue.get("details") if isinstance(issue, dict) else None
            said = issue.get("diagnostics") if isinstance(issue, dict) else None
            said = said or (details.get("text") if isinstance(details, dict) else None)
            if isinstance(said, str) and said.strip():
                return said.strip()[:200]
        return ""

    @property
    def described(self) -> str:
        """The response in a few words: status, kind of body and, of an OperationOutcome, its first code."""
        if self.exchange.failure is not None:
            return self.exchange.failure.message
        said = " ".join(filter(None, (str(self.status), self.exchange.reason)))
        kind = self.resource_type or self._without_resource()
        return f"{said} with {' '.join(filter(None, (kind, self._outcome_code())))}"

    def _without_resource(self) -> str:
        size = len(self.exchange.response_body)
        return f"{size} bytes of {self.exchange.media_type or 'no stated type'}" if size else "an empty body"

    def _outcome_code(self) -> str:
        if self.resource_type != "OperationOutcome":
            return ""
        step: Any = self.resource
        for key in ("issue", 0, "details", "coding", 0, "code"):
            try:
                step = step[key]
            except (KeyError, IndexError, TypeError):
                return ""
        return str(step)[:60]


def _is_outcome(entry: Any) -> bool:
    """Whether an entry is an OperationOutcome about the search, which was not found by it."""
    search, resource = (entry.get("search"), entry.get("resource")) if isinstance(entry, dict) else (None, None)
    return (
        isinstance(search, dict)
        and isinstance(resource, dict)
        and (search.get("mode"), resource.get("resourceType")) == ("outcome", "OperationOutcome")
    )
