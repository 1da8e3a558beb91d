"""A plain consumer for these tests: requests by hand over httpx, knowing nothing of the suite's own consumer or checks."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import httpx

from conformance.provider.server_thread import Running
from conformance.spec.model import Edition

Json = dict[str, Any]
Pairs = Sequence[tuple[str, str]]


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


class Caller:
    def __init__(self, running: Running) -> None:
        self.running = running
        self.provider = running.provider
        self.edition: Edition = running.provider.edition
        self.name = self.edition.name
        self.http = httpx.Client(headers={"Accept-Encoding": "identity"}, timeout=600)
        del self.http.headers["Accept"]

    # -- tokens and headers ----------------------------------------------------------------------------------------

    def claims(self, scope: str, **changes: Any) -> Json:
        now = self.provider.clock.seconds()
        user: Json = {"resourceType": "Practitioner", "id": "10"}
        user["name"] = [{"family": "A", "given": ["B"]}] if self.name == "stu3" else {"family": ["A"], "given": ["B"]}
        claims = {
            "iss": "https://consumer.example",
            "sub": "10",
            "aud": self.running.base_url,
            "exp": now + 300,
            "iat": now,
            "reason_for_request": "directcare",
            "requested_scope": scope,
            "requesting_device": {"resourceType": "Device", "model": "m", "version": "1"},
            "requesting_organization": {"resourceType": "Organization", "name": "Y99901"},
            self.edition.raw["jwt"]["user_claim"]: user,
        } | changes
        return {key: value for key, value in claims.items() if value is not ...}

    def token(self, scope: str, header: object = None, **changes: Any) -> str:
        return f"{encoded(header or {'alg': 'none', 'typ': 'JWT'})}.{encoded(self.claims(scope, **changes))}."

    def headers(self, key: str, **claims: Any) -> dict[str, str]:
        interaction = self.edition.interactions[key]
        return {
            "Ssp-TraceID": str(uuid.uuid4()),
            "Ssp-From": "200000000359",
            "Ssp-To": "918999198993",
            "Ssp-InteractionID": interaction.interaction_id,
            "Authorization": f"Bearer {self.token(interaction.scope, **claims)}",
        }

    # -- calls -----------------------------------------------------------------------------------------------------

    def call(
        self,
        key: str,
        *,
        id: str = "",  # noqa: A002
        path: str = "",
        method: str = "",
        params: Pairs | Mapping[str, str] = (),
        body: Any = None,
        headers: Mapping[str, str | None] | None = None,
        **claims: Any,
    ) -> httpx.Response:
        interaction = self.edition.interactions[key]
        sent: dict[str, str | None] = dict(self.headers(key, **claims))
        if body is not None:
            sent["Content-Type"] = self.edition.content_type("json")
        sent |= headers or {}
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        url = self.running.base_url + (path or interaction.path.replace("{id}", id))
        kept = [(name, value) for name, value in sent.items() if value is not None]
        pairs = list(params.items()) if isinstance(params, Mapping) else list(params)
        return self.http.request(method or interaction.method, url, params=pairs or None, headers=kept, content=content)

    def search(self, first: int = 1, last: int = 13, **changes: str | None) -> httpx.Response:
        return self.call("search_free_slots", params=self.search_parameters(first, last, **changes))

    def search_parameters(self, first: int = 1, last: int = 13, **changes: str | None) -> list[tuple[str, str]]:
        """The parameters of the edition's search; a keyword replaces the one of that name, None drops it."""
        values = {
            "start": self.day(first),
            "end": self.day(last),
            "status_parameter": self.edition.raw["slots"]["status_parameter"],
            "organization_type": "gp-practice",
            "consumer_ods": "Y99901",
        }
        pairs = [(name.format(**values), text.format(**values)) for name, text in self.edition.raw["slots"]["query"]]
        renamed = {"status": self.state, "include": "_include"}
        wanted = {renamed.get(name, name): value for name, value in changes.items()}
        return [
            (name, wanted.get(name, text) or "")
            for name, text in pairs
            if name not in wanted or wanted[name] is not None
        ]

    @property
    def state(self) -> str:
        return str(self.edition.raw["slots"]["status_parameter"])

    def day(self, offset: int) -> str:
        return str(self.today + timedelta(days=offset))

    @property
    def today(self) -> date:
        return self.provider.clock.today()

    # -- resources -------------------------------------------------------------------------------------------------

    def entries(self, reply: httpx.Response, kind: str) -> list[Json]:
        found = [entry["resource"] for entry in reply.json().get("entry", [])]
        return [resource for resource in found if resource["resourceType"] == kind]

    def free(self, session: str = "Gp", first: int = 1, last: int = 13) -> list[Json]:
        slots = self.entries(self.search(first, last), "Slot")
        return [slot for slot in slots if slot["id"].startswith(session)]

    def booking(self, *slots: Json, patient: str = "pat-01", location: str = "loc-main", **changes: Any) -> Json:
        profile = self.edition.profile("Appointment")
        assert profile is not None
        body: Json = {
            "resourceType": "Appointment",
            "meta": {"profile": [profile.canonical]},
            "status": "booked",
            "description": "Zoë <b>&amp; £5",
            "comment": 'She said "ça va"',
            "start": slots[0]["start"],
            "end": slots[-1]["end"],
            "slot": [{"reference": f"Slot/{slot['id']}"} for slot in slots],
            "participant": [
                {"actor": {"reference": f"Patient/{patient}"}, "status": "accepted"},
                {"actor": {"reference": f"Location/{location}"}, "status": "accepted"},
            ],
        }
        if self.name == "stu3":
            body |= self._booked_by()
        body |= changes
        return {key: value for key, value in body.items() if value is not ...}

    def _booked_by(self) -> Json:
        extension = self.edition.extension("booking_organization")
        assert extension is not None
        return {
            "created": "2026-01-05T10:00:00+00:00",
            "contained": [self.organization()],
            "extension": [{"url": extension.to_send, "valueReference": {"reference": "#1"}}],
        }

    def organization(self, **changes: Any) -> Json:
        kind = {"system": "https://fhir.nhs.uk/STU3/CodeSystem/GPConnect-OrganisationType-1", "code": "gp-practice"}
        held = {
            "resourceType": "Organization",
            "id": "1",
            "identifier": [{"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "Y99901"}],
            "type": [{"coding": [kind]}],
            "name": "Dr Legg's Surgery",
            "telecom": [{"system": "phone", "value": "0300 303 5678"}],
        } | changes
        return {key: value for key, value in held.items() if value is not ...}

    def book(self, *slots: Json, **changes: Any) -> httpx.Response:
        return self.call("book_appointment", body=self.booking(*slots, **changes))

    def booked(self, session: str = "Gp", **changes: Any) -> Json:
        reply = self.book(self.free(session)[0], **changes)
        assert reply.status_code == 201, reply.text
        held = reply.json()
        assert isinstance(held, dict)
        return held

    def read(self, identifier: str) -> httpx.Response:
        return self.call("read_appointment", id=identifier)

    def put(self, key: str, held: Json, match: str | None = "", **changes: Any) -> httpx.Response:
        body = {name: value for name, value in (held | changes).items() if value is not ...}
        version = f'W/"{held["meta"]["versionId"]}"' if match == "" else match
        return self.call(key, id=held["id"], body=body, headers={"If-Match": version})

    def amend(self, held: Json, match: str | None = "", **changes: Any) -> httpx.Response:
        return self.put("amend_appointment", held, match, **changes)

    def cancel(
        self, held: Json, match: str | None = "", reason: str | None = "Moved away", **changes: Any
    ) -> httpx.Response:
        extension = self.edition.extension("cancellation_reason")
        assert extension is not None
        given = [{"url": extension.to_send, "valueString": reason}] if reason is not None else []
        extensions = [*held.get("extension", []), *given]
        return self.put(
            "cancel_appointment", held, match, **({"status": "cancelled", "extension": extensions or ...} | changes)
        )

    def retrieve(self, patient: str, *starts: str) -> httpx.Response:
        pairs = [("start", text) for text in starts or (f"ge{self.day(0)}", f"le{self.day(28)}")]
        return self.call("retrieve_patient_appointments", id=patient, params=pairs)


def code(reply: httpx.Response) -> str:
    """The error code of an OperationOutcome, after a look at its shape."""
    outcome = reply.json()
    assert outcome["resourceType"] == "OperationOutcome", reply.text
    (issue,) = outcome["issue"]
    assert issue["severity"] == "error"
    (coding,) = issue["details"]["coding"]
    assert coding["system"]
    assert coding["display"]
    assert issue["diagnostics"]
    return str(coding["code"])


def refused(reply: httpx.Response) -> tuple[int, str]:
    """Status and error code."""
    assert reply.status_code >= 400, reply.text
    return reply.status_code, code(reply)
