"""The provider: from a call to a response, in one order for every interaction."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from email.utils import format_datetime
from functools import cached_property
from pathlib import Path
from urllib.parse import urlencode

from conformance.provider.bodies import Bodies
from conformance.provider.clock import Clock
from conformance.provider.editions import shapes_of
from conformance.provider.errors import refusal_response, unexpected
from conformance.provider.fault_points import Instead, Seam, Seams
from conformance.provider.first_checks import CHECKS, ORDER
from conformance.provider.fixture import Facts, Practice, load_practice
from conformance.provider.http import Call, Json, Response, http_date
from conformance.provider.interactions import HANDLERS
from conformance.provider.negotiation import FORMS
from conformance.provider.refusal import Refusal
from conformance.provider.routes import Routes
from conformance.provider.store import Store, document
from conformance.spec.model import Edition

_LOG = logging.getLogger("conformance.provider")


class Provider:
    """One practice in one edition. Thread-safe: requests are served side by side."""

    def __init__(
        self,
        edition: Edition,
        *,
        database: Path | None = None,
        clock: Clock | None = None,
        seams: Seams | None = None,
        fixture: Callable[[], Practice] = load_practice,
    ) -> None:
        self.edition = edition
        self.seams = seams or Seams()
        self._fixture = fixture
        self.practice: Practice = self.seams.through(Seam.PRACTICE, fixture(), None)
        self.clock = clock or Clock()
        self.store = Store(self.practice, edition, database)
        self._shape()
        self.routes = Routes(edition)
        self.bodies = Bodies(edition)
        self.store.prepare(self.clock.today(), self.clock.seconds())

    @property
    def root(self) -> str:
        """The path of the service root."""
        return self.edition.pick(self.practice.paths)

    @cached_property
    def media_types(self) -> Mapping[str, str]:
        """The edition's media types and the short names, with the format each stands for."""
        return {self.edition.media_type(form): form for form in FORMS} | {form: form for form in FORMS}

    def reset(self) -> None:
        """Lay the fixture out afresh, for today, as the seams leave it."""
        practice = self.seams.through(Seam.PRACTICE, self._fixture(), None)
        if practice is not self.practice:
            self.practice = practice
            self._shape()
        self.store.furnish(practice)
        self.store.reset(self.clock.today(), self.clock.seconds())

    def _shape(self) -> None:
        self.shapes = shapes_of(self.edition, self.practice)
        self.shapes.person = self._person

    def surplus(self, call: Call) -> bytes:
        """What goes out behind a response that it did not announce: nothing, but for a fault."""
        return bytes(self.seams.setting("http.surplus", b"", call))

    # -- responding ------------------------------------------------------------------------------------------------

    def respond(self, call: Call) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body for a request. Never raises."""
        try:
            self.seams.through(Seam.REQUEST, call, call)
            response = self._attempt(call)
        except Instead as other:
            return other.response.status, _dated(other.response.headers, self.clock), other.response.body or b""
        response.headers = {**self.shapes.headers, **response.headers}
        if call.base_url.startswith("https:"):
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        response = self.seams.through(Seam.RESPONSE, response, call)
        response.headers = _dated(response.headers, self.clock)
        body = response.body
        if body is None:
            body = b"" if response.resource is None else self.bodies.write(response.resource, call.form)
            if response.resource is not None:
                response.headers.setdefault("Content-Type", self.edition.content_type(call.form))
        status, headers, body = self.seams.through(Seam.WIRE, (response.status, response.headers, body), call)
        return status, headers, body

    def _attempt(self, call: Call) -> Response:
        try:
            for step in self.seams.setting("provider.order", ORDER, call):
                CHECKS[step](call)
            self.seams.through(Seam.CALL, call, call)
            return HANDLERS[call.on](call)
        except Refusal as refusal:
            return refusal_response(refusal, call)
        except Exception:
            _LOG.exception("%s %s could not be served", call.method, call.path)
            return unexpected(call)

    # -- presenting ------------------------------------------------------------------------------------------------

    def single(self, call: Call, resource: Json, status: int = 200, updated: int = 0) -> Response:
        """A response of one resource with the headers of its version (STU3-FHIR-014, DSTU2-FHIR-009)."""
        resource = self.seams.resource(resource, call)
        version = resource.get("meta", {}).get("versionId")
        headers = {"Content-Location": call.fullUrl(resource)}
        if version:
            headers["ETag"] = f'W/"{version}"'
        if updated:
            headers["Last-Modified"] = http_date(updated)
        return Response(status, resource, headers)

    def searchset(self, call: Call, resources: Sequence[Json], *, profiled: bool = False) -> Response:
        """A searchset Bundle; `profiled` is the one that the edition holds to its Bundle profile."""
        entries = [self._entry(call, self.seams.resource(resource, call)) for resource in resources]
        bundle: Json = {"resourceType": "Bundle"}
        profile = self.edition.profile("Bundle")
        if profiled and profile:
            bundle["meta"] = {"profile": [profile.canonical]}
        bundle["type"] = "searchset"
        if self.edition.capabilities.searchsets_have_self_links and not profiled:  # the criteria (DSTU2-FHIR-025)
            bundle["link"] = [{"relation": "self", "url": _self_link(call)}]
        if entries:
            bundle["entry"] = entries
        return Response(200, self.seams.through(Seam.BUNDLE, bundle, call))

    def _entry(self, call: Call, resource: Json) -> Json:
        if self.edition.capabilities.entries_have_full_urls:
            return {"fullUrl": call.fullUrl(resource), "resource": resource}
        return {"resource": resource}

    def _person(self, identifier: str) -> Facts | None:
        row = self.store.patient(identifier)
        return document(row) if row else None


def _dated(headers: Mapping[str, str], clock: Clock) -> dict[str, str]:
    return {**headers, "Date": format_datetime(clock.now(), usegmt=True)}


def _self_link(call: Call) -> str:
    query = urlencode(list(call.query))
    return f"{call.base_url}{call.path}" + (f"?{query}" if query else "")
