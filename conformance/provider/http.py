"""What the provider makes of a request, and what it answers before that becomes bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.provider.provider import Provider
    from conformance.spec.model import Interaction

Json = dict[str, Any]
Pairs = Sequence[tuple[str, str]]


@dataclass(slots=True)
class Call:
    """One request. `path` is relative to the service root; `query` and `headers` keep order and repetition.

    `form` (json or xml) is the format of the answer; `interaction` and `id` are known once the request was routed;
    `content` is the body as read, once it was; `target` is path and query as they came, still percent-encoded.
    """

    provider: Provider
    method: str
    path: str
    base_url: str
    query: Pairs = ()
    headers: Pairs = ()
    body: bytes = b""
    form: str = "json"
    interaction: Interaction | None = None
    id: str = ""
    content: Any = None
    target: str = ""
    _named: tuple[Pairs, dict[str, list[str]]] = field(default=((), {}), repr=False, compare=False)

    @property
    def edition(self) -> str:
        """The edition's name."""
        return self.provider.edition.name

    @property
    def on(self) -> str:
        """The key of the interaction, "" where the request was not routed."""
        return self.interaction.key if self.interaction else ""

    def header_values(self, name: str) -> list[str]:
        """All values of a header, case of the name ignored."""
        return self._by_name().get(name.lower(), [])

    def header(self, name: str) -> str:
        """The first value of a header, "" when absent."""
        values = self._by_name().get(name.lower())
        return values[0] if values else ""

    def _by_name(self) -> dict[str, list[str]]:
        """The headers by name in small letters; rules ask for them some forty times a request."""
        headers, found = self._named
        if headers is not self.headers:  # a fault may have given the call others
            found = {}
            for name, value in self.headers:
                found.setdefault(name.lower(), []).append(value)
            self._named = (self.headers, found)
        return found

    def parameters(self, name: str) -> list[str]:
        """All values of a query parameter, case of the name kept."""
        return [value for key, value in self.query if key == name]

    def fullUrl(self, resource: Json) -> str:  # noqa: N802 - FHIR's word
        """The absolute URL of a resource of this server."""
        return f"{self.base_url}/{resource['resourceType']}/{resource.get('id')}"


@dataclass(slots=True)
class Answer:
    """What goes back: a resource (None for no body) or, when a fault breaks the rules, raw bytes."""

    status: int
    resource: Json | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
