"""What the provider makes of a request, and the response before it becomes bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any, Protocol

from conformance.provider.clock import Clock
from conformance.provider.editions.shapes import Shapes
from conformance.provider.fixture import Practice
from conformance.provider.refusal import Refusal
from conformance.provider.store import Store
from conformance.spec.model import Edition, Interaction

Json = dict[str, Any]
Pairs = Sequence[tuple[str, str]]


class FaultPoints(Protocol):
    """Where faults take hold: see fault_points.Seams."""

    def skips(self, rule: str) -> bool:
        """Whether a rule is not checked."""

    def through(self, seam: Any, value: Any, call: Call | None, of: str = "") -> Any:
        """Return a value as the effects of a seam leave it."""

    def setting(self, name: str, default: Any, call: Call | None = None) -> Any:
        """Return a value that the code works with."""

    def refusal(self, refusal: Refusal, call: Call) -> Refusal:
        """Return a refusal as it will be sent."""

    def resource(self, resource: Json, call: Call) -> Json:
        """Return a resource as presented."""


class BodyFormats(Protocol):
    """Bodies read, written and validated: see bodies.Bodies."""

    def read(self, call: Call) -> Any:
        """Return the body of a request in JSON form; raises Refusal where it cannot be read."""

    def peek(self, call: Call) -> Any:
        """Return the body of a request in JSON form before any rule has looked at it; None where it cannot be read."""

    def wrong(self, resource: Json, kind: str) -> str | None:
        """Return what is wrong with a resource by the edition's profile for its type; None for nothing."""

    def wrong_claim(self, text: str, name: str) -> str | None:
        """Return what is wrong with a claim that is a resource; None for nothing."""


class Router(Protocol):
    """The interactions of the edition by verb and path: see routes.Routes."""

    def choose(self, call: Call) -> None:
        """Set the call's interaction and id; raises Refusal for paths and verbs that are not served."""

    def fitting(self, call: Call) -> list[Interaction]:
        """Return the interactions that the verb and the path of a request can mean."""


class Service(Protocol):
    """What a call needs of the provider that serves it: see provider.Provider."""

    @property
    def edition(self) -> Edition:
        """The edition served."""

    @property
    def practice(self) -> Practice:
        """The practice, as the fixture has it."""

    @property
    def clock(self) -> Clock:
        """What says the time."""

    @property
    def store(self) -> Store:
        """The database."""

    @property
    def shapes(self) -> Shapes:
        """How resources look in the edition."""

    @property
    def seams(self) -> FaultPoints:
        """The faults at work."""

    @property
    def bodies(self) -> BodyFormats:
        """What reads and writes bodies."""

    @property
    def routes(self) -> Router:
        """The interactions by verb and path."""

    @property
    def media_types(self) -> Mapping[str, str]:
        """The edition's media types and the short names, with the format each stands for."""

    def single(self, call: Call, resource: Json, status: int = 200, updated: int = 0) -> Response:
        """Return a response of one resource with the headers of its version."""

    def searchset(self, call: Call, resources: Sequence[Json], *, profiled: bool = False) -> Response:
        """Return a searchset Bundle."""


@dataclass(slots=True)
class Call:
    """One request. `path` is relative to the service root; `query` and `headers` keep order and repetition.

    `form` (json or xml) is the format of the response; `interaction` and `id` are known once the request was routed;
    `content` is the body as read, once it was; `target` is path and query as they came, still percent-encoded.
    """

    provider: Service
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
    def path_requested(self) -> str:
        """The path as the client sent it, from the root of the host; relative to the service root where that is not known."""
        return self.target.partition("?")[0] or self.path

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
class Response:
    """What goes back: a resource (None for no body) or, when a fault breaks the rules, raw bytes."""

    status: int
    resource: Json | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None


Handler = Callable[[Call], Response]


def http_date(seconds: int) -> str:
    """Return seconds since 1970 as an HTTP date."""
    return formatdate(seconds, usegmt=True)


def minimal(call: Call, response: Response) -> Response:
    """Leave the body out where the caller prefers that (STU3-FHIR-036, DSTU2-FHIR-015)."""
    wishes: Any = ",".join(call.header_values("Prefer")).replace(" ", "").split(",")
    if call.provider.seams.setting("http.honours-prefer", True, call) and "return=minimal" in wishes:
        return Response(response.status, None, response.headers)
    return response
