"""The provider: from a call to an answer, in one order for every interaction."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from email.utils import format_datetime, formatdate
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from conformance.provider.bodies import Bodies
from conformance.provider.clock import Clock
from conformance.provider.editions import shapes_of
from conformance.provider.errors import answer_refusal, unexpected
from conformance.provider.fault_points import Seam, Seams
from conformance.provider.fixture import Facts, load_practice
from conformance.provider.headers import SSP
from conformance.provider.http import Answer, Call, Json
from conformance.provider.jwt import check_token
from conformance.provider.negotiation import FORMS, choose_form
from conformance.provider.routes import Routes
from conformance.provider.rules import Refusal
from conformance.provider.store import Store, document
from conformance.spec.model import Edition

Handler = Callable[[Call], Answer]
_LOG = logging.getLogger("conformance.provider")
# What stands on every answer (STU3-HTTP-020; DSTU2-SEC-012 to -014).
_ALWAYS: Mapping[str, Mapping[str, str]] = {
    "stu3": {"Cache-Control": "no-store"},
    "dstu2": {"Cache-Control": "no-cache, no-store", "Expires": "0", "Pragma": "no-cache"},
}


class Provider:
    """One practice in one edition. Thread-safe: requests are answered side by side."""

    def __init__(self, edition: Edition, *, database: Path | None = None, clock: Clock | None = None) -> None:
        self.edition = edition
        self.practice = load_practice()
        self.clock = clock or Clock()
        self.store = Store(self.practice, edition.name, database)
        self.seams = Seams()
        self.shapes = shapes_of(edition, self.practice)
        self.shapes.person = self._person
        self.routes = Routes(edition)
        self.bodies = Bodies(edition)
        self.store.prepare(self.clock.today(), self.clock.seconds())

    @property
    def root(self) -> str:
        """The path of the service root."""
        return str(self.practice.paths[self.edition.name])

    @cached_property
    def handlers(self) -> Mapping[str, Handler]:
        """What answers each interaction."""
        from conformance.provider.interactions import HANDLERS

        return HANDLERS

    @cached_property
    def media_types(self) -> Mapping[str, str]:
        """The edition's media types and the short names, with the format each stands for."""
        return {self.edition.media_type(form): form for form in FORMS} | {form: form for form in FORMS}

    def reset(self) -> None:
        """Lay the fixture out afresh, for today."""
        self.store.reset(self.clock.today(), self.clock.seconds())

    def surplus(self) -> bytes:
        """What goes out behind each response that it did not announce: nothing, but for a fault."""
        return bytes(self.seams.setting("http.surplus", b""))

    # -- answering -------------------------------------------------------------------------------------------------

    def answer(self, call: Call) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body for a request. Never raises."""
        answer = self._attempt(call)
        answer.headers = {**_ALWAYS[self.edition.name], **answer.headers}
        if call.base_url.startswith("https:"):
            answer.headers["Strict-Transport-Security"] = "max-age=31536000"
        answer = self.seams.through(Seam.ANSWER, answer, call)
        answer.headers["Date"] = format_datetime(self.clock.now(), usegmt=True)
        body = answer.body
        if body is None:
            body = b"" if answer.resource is None else self.bodies.write(answer.resource, call.form)
            if answer.resource is not None:
                answer.headers.setdefault("Content-Type", self.edition.content_type(call.form))
        status, headers, body = self.seams.through(Seam.WIRE, (answer.status, answer.headers, body), call)
        return status, headers, body

    def _attempt(self, call: Call) -> Answer:
        try:
            choose_form(call)
            self.routes.choose(call)
            SSP.enforce(call, call)
            check_token(call)
            self.seams.through(Seam.CALL, call, call)
            return self.handlers[call.on](call)
        except Refusal as refusal:
            return answer_refusal(refusal, call)
        except Exception:
            _LOG.exception("%s %s could not be answered", call.method, call.path)
            return unexpected(call)

    # -- presenting ------------------------------------------------------------------------------------------------

    def single(self, call: Call, resource: Json, status: int = 200, updated: int = 0) -> Answer:
        """An answer of one resource with the headers of its version (STU3-FHIR-014, DSTU2-FHIR-009)."""
        resource = self.seams.resource(resource, call)
        version = resource.get("meta", {}).get("versionId")
        headers = {"Content-Location": call.fullUrl(resource)}
        if version:
            headers["ETag"] = f'W/"{version}"'
        if updated:
            headers["Last-Modified"] = http_date(updated)
        return Answer(status, resource, headers)

    def searchset(self, call: Call, resources: Sequence[Json], *, profiled: bool = False) -> Answer:
        """A searchset Bundle; `profiled` is the one that the edition holds to its Bundle profile."""
        entries = [self._entry(call, self.seams.resource(resource, call)) for resource in resources]
        bundle: Json = {"resourceType": "Bundle"}
        profile = self.edition.profile("Bundle")
        if profiled and profile:
            bundle["meta"] = {"profile": [profile.canonical]}
        bundle["type"] = "searchset"
        if self.edition.name == "dstu2" and not profiled:  # the criteria, echoed (DSTU2-FHIR-025)
            bundle["link"] = [{"relation": "self", "url": _self_link(call)}]
        if entries:
            bundle["entry"] = entries
        return Answer(200, self.seams.through(Seam.BUNDLE, bundle, call))

    def _entry(self, call: Call, resource: Json) -> Json:
        # STU3 asks for no fullUrl (STU3-RES-013), DSTU2 for one (DSTU2-RETRIEVE-008).
        return (
            {"resource": resource}
            if call.edition == "stu3"
            else {
                "fullUrl": call.fullUrl(resource),
                "resource": resource,
            }
        )

    def _person(self, identifier: str) -> Facts | None:
        row = self.store.patient(identifier)
        return document(row) if row else None


def _self_link(call: Call) -> str:
    query = urlencode(list(call.query))
    return f"{call.base_url}{call.path}" + (f"?{query}" if query else "")


def http_date(seconds: int) -> str:
    """Seconds since 1970 as an HTTP date."""
    return formatdate(seconds, usegmt=True)


def minimal(call: Call, answer: Answer) -> Answer:
    """Leave the body out where the caller prefers that (STU3-FHIR-036, DSTU2-FHIR-015)."""
    wishes: Any = ",".join(call.header_values("Prefer")).replace(" ", "").split(",")
    if call.provider.seams.setting("http.honours-prefer", True, call) and "return=minimal" in wishes:
        return Answer(answer.status, None, answer.headers)
    return answer
