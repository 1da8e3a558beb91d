"""Makes valid requests, one method an interaction. Whatever a scenario sends wrong is a deviation from one of these."""

from __future__ import annotations

import string
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote

from conformance.config.model import Config
from conformance.consumer.jwt import new_token
from conformance.consumer.request import BEARER, Body, Form, Pairs, Request
from conformance.consumer.uk_time import Clock, to_uk_text, uk_date, utc_now
from conformance.core.errors import InternalError
from conformance.spec import Edition, Interaction

_USER_AGENT = "gpconnect-assure"
_BOUNDS = (("start", "ge{start}"), ("start", "le{end}"))


class RequestBuilder:
    """Builds requests for one edition and configuration. Each has a trace id (of `identifier`) and a token of its own."""

    def __init__(
        self,
        edition: Edition,
        config: Config,
        *,
        clock: Clock = utc_now,
        identifier: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        self.edition = edition
        self.config = config
        self._clock = clock
        self._identifier = identifier

    def of(
        self,
        key: str,
        *,
        query: Pairs = (),
        body: Body = None,
        form: Form = "json",
        etag: str | None = None,
        nhs_number: str | None = None,
        label: str = "",
        **path_values: str,
    ) -> Request:
        """Return a request of any interaction of the edition; `path_values` fill its path's braces (`id="1"`).

        `nhs_number` is for editions whose token names the record requested (see jwt.new_token). Raises InternalError for an
        interaction the edition has not, or a path value that is missing.
        """
        interaction = self._interaction(key)
        path = _filled(interaction.path, {name: quote(value, safe="") for name, value in path_values.items()})
        now = self._clock()
        token = new_token(self.edition, self.config, interaction, now=now, path=path, nhs_number=nhs_number)
        headers = self._headers(interaction, form, has_body=body is not None, etag=etag)
        return Request(
            interaction, interaction.method, path, query, headers, body, form, token, label or interaction.title
        )

    def search_free_slots(
        self,
        start: date | datetime,
        end: date | datetime,
        *,
        includes: Sequence[str] | None = None,
        filters: bool = True,
        form: Form = "json",
    ) -> Request:
        """Request free slots; a date stands for the whole day, a datetime (aware) is sent in UK time.

        `includes` are the `_include:recurse` values to keep (None: all that the edition sends by default, none: ()).
        """
        values = {
            "start": _when(start),
            "end": _when(end),
            "status_parameter": self.edition.raw["slots"]["status_parameter"],
            "organization_type": self.config.consumer.organization.type if filters else "",
            "consumer_ods": self.config.consumer.ods_code if filters else "",
        }
        pairs = _template(self.edition.raw["slots"]["query"], values)
        if includes is not None:
            kept = [pair for pair in pairs if pair[0] != "_include:recurse"]
            pairs = (*kept, *(("_include:recurse", value) for value in includes))
        return self.of("search_free_slots", query=pairs, form=form)

    def book(self, body: Body, *, nhs_number: str | None = None, form: Form = "json") -> Request:
        """Request a booking; see bodies.booking."""
        return self.of("book_appointment", body=body, nhs_number=nhs_number, form=form)

    def retrieve(
        self,
        patient_id: str,
        start: date | None = None,
        end: date | None = None,
        *,
        nhs_number: str | None = None,
        form: Form = "json",
    ) -> Request:
        """Request a patient's appointments between two days, both included.

        Without days: unbounded where the edition allows that, else from today to the end of the configured window.
        """
        template = self.edition.raw["retrieve"]["query"]
        if template:
            today = uk_date(self._clock())
            start = start or today
            end = end or max(start, self.config.data.window.dates(today)[1])
        values = {"start": _when(start) if start else "", "end": _when(end) if end else ""}
        pairs = _template(template or _BOUNDS, values)
        return self.of("retrieve_patient_appointments", id=patient_id, query=pairs, nhs_number=nhs_number, form=form)

    def read(self, resource_type: str, id: str, *, nhs_number: str | None = None, form: Form = "json") -> Request:  # noqa: A002
        """Request a resource by its logical id, by the interaction of the edition that reads its type."""
        return self.of(f"read_{resource_type.lower()}", id=id, nhs_number=nhs_number, form=form)

    def amend(
        self, appointment: Mapping[str, Any], etag: str | None, *, nhs_number: str | None = None, form: Form = "json"
    ) -> Request:
        """Put an amended appointment; `etag` goes into If-Match as it stands, None sends none."""
        return self._put("amend_appointment", appointment, etag, nhs_number, form)

    def cancel(
        self, appointment: Mapping[str, Any], etag: str | None, *, nhs_number: str | None = None, form: Form = "json"
    ) -> Request:
        """Put a cancelled appointment (bodies.cancellation); `etag` as in `amend`."""
        return self._put("cancel_appointment", appointment, etag, nhs_number, form)

    def find(self, key: str, system: str, value: str, *, form: Form = "json") -> Request:
        """Search by identifier: `key` is the interaction (`find_patient`, …)."""
        nhs_number = value if key == "find_patient" else None
        return self.of(key, query=(("identifier", f"{system}|{value}"),), nhs_number=nhs_number, form=form)

    def capability(self, *, form: Form = "json") -> Request:
        """Request the capability (conformance) statement."""
        return self.of("get_capability_statement", form=form)

    def register(self, body: Body, *, nhs_number: str | None = None, form: Form = "json") -> Request:
        """Request the registration of a patient; see bodies.registration."""
        return self.of("register_patient", body=body, nhs_number=nhs_number, form=form)

    def renewed(self, request: Request) -> Request:
        """Return an earlier request as it would be made now: a trace id of its own, a token that has not run out.

        One that deviates on purpose is returned as it is.
        """
        if request.deviant:
            return request
        now, claims = int(self._clock().timestamp()), request.token.claims
        headers = tuple(
            (name, self._identifier() if name == "Ssp-TraceID" else value) for name, value in request.headers
        )
        times = {"iat": now, "exp": now + claims["exp"] - claims["iat"]}
        return request.with_(headers=headers, token=request.token.with_(claims={**claims, **times}))

    def _put(
        self, key: str, appointment: Mapping[str, Any], etag: str | None, nhs_number: str | None, form: Form
    ) -> Request:
        body = dict(appointment)
        return self.of(key, id=str(body.get("id", "")), body=body, etag=etag, nhs_number=nhs_number, form=form)

    def _interaction(self, key: str) -> Interaction:
        found = self.edition.interactions.get(key)
        if found is None:
            raise InternalError(f"edition {self.edition.name} has no interaction {key}")
        return found

    def _headers(self, interaction: Interaction, form: Form, *, has_body: bool, etag: str | None) -> Pairs:
        media_type = self.edition.content_type(form)
        return (
            ("User-Agent", _USER_AGENT),
            ("Accept", media_type),
            *((("Content-Type", media_type),) if has_body else ()),
            *((("If-Match", etag),) if etag is not None else ()),
            ("Ssp-TraceID", self._identifier()),
            ("Ssp-From", self.config.consumer.asid),
            ("Ssp-To", self.config.provider.asid),
            ("Ssp-InteractionID", interaction.interaction_id),
            ("Authorization", BEARER),
        )


def default_window(config: Config, longest_days: int, clock: Clock = utc_now) -> tuple[date, date]:
    """Return the configured days for slot searches, at most `longest_days` apart, with no clock change within."""
    from conformance.consumer.uk_time import window

    today = uk_date(clock())
    first, last = window(today, *config.data.window.dates(today))
    return first, min(last, first + timedelta(days=longest_days))


def _when(value: date | datetime) -> str:
    return to_uk_text(value) if isinstance(value, datetime) else value.isoformat()


def _template(pairs: Sequence[Sequence[str]], values: Mapping[str, str]) -> Pairs:
    """Fill a query template; a pair with an empty value in a brace is left out."""
    return tuple(
        (_filled(name, values), _filled(value, values))
        for name, value in pairs
        if all(values.get(brace) for brace in _braces(name) + _braces(value))
    )


def _filled(template: str, values: Mapping[str, str]) -> str:
    missing = [brace for brace in _braces(template) if not values.get(brace)]
    if missing:
        raise InternalError(f"nothing was given for {', '.join(missing)} in {template}")
    return template.format_map(values)


def _braces(template: str) -> list[str]:
    return [name for _, name, _, _ in string.Formatter().parse(template) if name]
