"""Ways to be wrong on the wire: HTTP, formats, Spine headers."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime

from conformance.provider.fault_points import Effect, Seam
from conformance.provider.faults.effects import (
    alter,
    body,
    bundle,
    change,
    drop_header,
    header,
    misanswer,
    put,
    refuses,
    setting,
    skip,
    status,
    without,
)
from conformance.provider.faults.fault import DSTU2, STU3, Fault
from conformance.provider.http import Call

_TYPES = ("Patient", "Practitioner", "Organization", "Location", "Schedule", "Slot", "Appointment")


def _foreign_sender(call: Call) -> bool:
    return call.header("Ssp-From") != "200000000359"


def _any_read(fitting: list[str], call: Call | None) -> list[str]:
    assert call is not None
    sent = call.header("Ssp-InteractionID")
    return [*fitting, sent] if call.method == "GET" and ":read:" in sent else fitting


def _any_post(fitting: list[str], call: Call | None) -> list[str]:
    assert call is not None
    posts = [row.interaction_id for row in call.provider.edition.interactions.values() if row.method == "POST"]
    return [*fitting, *posts] if call.method == "POST" else fitting


def _ten_minutes_before(value: str | None) -> str | None:
    return value and format_datetime(parsedate_to_datetime(value) - timedelta(minutes=10), usegmt=True)


def _other_edition(value: str | None) -> str | None:
    kind, _, rest = (value or "").removeprefix("application/").partition(";")
    return f"application/{'+'.join(reversed(kind.split('+')))};{rest}" if value else None


FAULTS = (
    # HTTP
    Fault("http.cacheable", "omits Cache-Control", drop_header("Cache-Control")),
    Fault(
        "http.cacheable-successes",
        "leaves Cache-Control out of successes",
        drop_header("Cache-Control", only="success"),
    ),
    Fault("http.cacheable-errors", "leaves Cache-Control out of errors", drop_header("Cache-Control", only="errors")),
    Fault("http.private-cache", "allows private caches", header("Cache-Control", "private, max-age=60")),
    Fault("http.without-pragma", "omits Pragma", drop_header("Pragma"), DSTU2),
    Fault("http.without-expires", "omits Expires", drop_header("Expires"), DSTU2),
    Fault("http.may-be-cached", "leaves no-cache out of Cache-Control", header("Cache-Control", "no-store"), DSTU2),
    Fault("http.without-date", "sends no Date", drop_header("Date")),
    Fault("http.clock-wrong", "has a clock that is ten minutes behind", header("Date", _ten_minutes_before)),
    Fault("http.server-version", "discloses the version of its server", header("X-Powered-By", "ASP.NET 4.0.30319")),
    Fault("http.without-content-type", "sends no Content-Type", drop_header("Content-Type")),
    Fault("http.plain-json", "calls FHIR plain JSON", header("Content-Type", "application/json;charset=utf-8")),
    Fault("http.other-edition", "uses the media type of the other edition", header("Content-Type", _other_edition)),
    Fault(
        "http.without-charset",
        "omits the charset",
        header("Content-Type", lambda value: value and value.partition(";")[0]),
    ),
    Fault(
        "http.latin-1",
        "writes ISO 8859-1 and calls it UTF-8",
        body(lambda sent: sent.decode().encode("latin-1", "replace")),
    ),
    Fault("http.never-compresses", "never compresses", header("Content-Encoding", "identity")),
    Fault("http.ignores-prefer", "sends a body where none is preferred", setting("http.honours-prefer", False)),
    Fault("http.no-etags", "never sends an ETag", drop_header("ETag")),
    Fault("http.teapot", "returns 203 for successes", status(203)),
    # formats
    Fault(
        "format.ignores-parameter",
        "overlooks _format where there is an Accept header",
        setting("format.precedence", ("accept", "_format")),
    ),
    Fault(
        "format.accepts-anything",
        "returns JSON when an unknown format is requested",
        skip("format.accepts", "format._format"),
    ),
    Fault(
        "format.not-acceptable",
        "returns 406 for an unknown format",
        (misanswer("format.accepts", status=406), misanswer("format._format", status=406)),
    ),
    Fault(
        "format.unknown-is-bad-request",
        "returns 400 for an unknown format",
        (misanswer("format.accepts", status=400), misanswer("format._format", status=400)),
    ),
    Fault(
        "format.unknown-is-server-error",
        "returns 500 for an unknown format",
        (misanswer("format.accepts", status=500), misanswer("format._format", status=500)),
    ),
    Fault("format.reads-anything", "takes any Content-Type for JSON", skip("content.type-known")),
    Fault(
        "format.content-type-is-bad-request",
        "returns 400 for an unknown Content-Type",
        misanswer("content.type-known", status=400),
    ),
    Fault("format.always-json", "writes JSON whatever was requested", setting("format.responses", "json")),
    Fault("format.always-xml", "writes XML where nothing was requested", setting("format.default", "xml"), STU3),
    Fault(
        "format.ignores-body", "does not take its format from the request's body", setting("format.follows-body", False)
    ),
    Fault(
        "format.xml-loses-comment", "forgets the comment in XML", change("Appointment", without("comment"), form="xml")
    ),
    Fault("format.errors-in-json", "writes errors in JSON whatever was requested", setting("format.errors", "json")),
    # Spine headers
    Fault("ssp.accepts-missing-trace", "does not need Ssp-TraceID", skip("ssp.trace-present", "ssp.trace-form")),
    Fault("ssp.accepts-odd-trace", "takes any Ssp-TraceID", skip("ssp.trace-form"), DSTU2),
    Fault("ssp.accepts-missing-from", "does not need Ssp-From", skip("ssp.from-present", "ssp.from-form")),
    Fault("ssp.accepts-odd-from", "takes any Ssp-From", skip("ssp.from-form"), DSTU2),
    Fault("ssp.accepts-missing-to", "does not need Ssp-To", skip("ssp.to-present", "ssp.to-own")),
    Fault("ssp.accepts-other-to", "takes calls for other systems", skip("ssp.to-own")),
    Fault(
        "ssp.accepts-missing-interaction",
        "does not need Ssp-InteractionID",
        skip("ssp.interaction-present", "ssp.interaction-fits"),
    ),
    Fault("ssp.accepts-other-interaction", "takes any Ssp-InteractionID", skip("ssp.interaction-fits")),
    Fault(
        "ssp.accepts-other-read-interaction",
        "takes the interaction id of any read for a GET",
        Effect(Seam.SETTING, _any_read, of="ssp.fitting"),
    ),
    Fault(
        "ssp.accepts-other-create-interaction",
        "takes the interaction id of any POST for a POST",
        Effect(Seam.SETTING, _any_post, of="ssp.fitting"),
    ),
    Fault(
        "ssp.unauthorised",
        "returns 401 for bad Spine headers",
        tuple(
            misanswer(f"ssp.{name}", status=401)
            for name in ("trace-present", "from-present", "to-present", "interaction-present", "interaction-fits")
        ),
    ),
    Fault(
        "ssp.server-error",
        "returns 500 for bad Spine headers",
        tuple(
            misanswer(f"ssp.{name}", code="INTERNAL_SERVER_ERROR", status=500)
            for name in (
                "trace-present",
                "from-present",
                "to-present",
                "interaction-present",
                "interaction-fits",
                "to-own",
            )
        ),
    ),
    Fault(
        "ssp.takes-the-first",
        "takes the first of several Spine headers",
        skip("ssp.trace-present", "ssp.from-present", "ssp.to-present", "ssp.interaction-present"),
    ),
    Fault("ssp.accepts-anything", "does not look at Spine headers", skip("ssp.*")),
    Fault(
        "ssp.odd-is-server-error",
        "returns 500 for Spine headers of an odd form",
        tuple(misanswer(f"ssp.{name}-form", code="INTERNAL_SERVER_ERROR", status=500) for name in ("trace", "from")),
    ),
    Fault(
        "ssp.misfit-is-server-error",
        "returns 500 for an interaction id that does not fit",
        misanswer("ssp.interaction-fits", code="INTERNAL_SERVER_ERROR", status=500),
    ),
    Fault(
        "ssp.refuses-everybody",
        "finds the Spine headers missing though they are there",
        refuses(lambda call: bool(call.header_values("ssp-traceid")), "BAD_REQUEST"),
    ),
    Fault("ssp.refuses-other-senders", "knows one sender only", refuses(_foreign_sender, "BAD_REQUEST"), STU3),
    # FHIR conventions
    Fault(
        "fhir.without-profiles",
        "leaves meta.profile out everywhere",
        tuple(change(kind, without("meta.profile")) for kind in _TYPES),
    ),
    Fault(
        "fhir.without-versions",
        "leaves meta.versionId out everywhere",
        tuple(change(kind, without("meta.versionId")) for kind in _TYPES),
    ),
    Fault(
        "fhir.long-ids",
        "has ids of more than 64 characters",
        change("Slot", alter("id", lambda value: f"{value}-{'0' * 60}")),
    ),
    Fault(
        "fhir.absolute-references",
        "refers to organisations by absolute URL",
        tuple(
            change(kind, alter("managingOrganization.reference", lambda value: f"https://beeches.example/{value}"))
            for kind in ("Patient", "Location")
        ),
    ),
    Fault(
        "fhir.full-urls",
        "fills fullUrl in",
        bundle(put("entry.fullUrl", "urn:uuid:5a5c8a34-0000-4000-8000-000000000000")),
        STU3,
    ),
    Fault("fhir.without-full-urls", "omits fullUrl", bundle(without("entry.fullUrl")), DSTU2),
    Fault(
        "fhir.without-displays",
        "omits the displays of references",
        change("Appointment", without("participant.actor.display"), without("slot.display")),
        DSTU2,
    ),
    Fault("fhir.without-self-link", "does not echo the criteria", bundle(without("link")), DSTU2),
    Fault("fhir.null-values", "writes null", change("Appointment", put("meta.tag", [None]))),
    Fault(
        "fhir.duplicate-keys",
        "writes the id twice",
        body(
            lambda sent: sent.replace(
                b'{"resourceType": "Appointment"', b'{"resourceType": "Appointment", "id": "x"', 1
            )
        ),
    ),
    Fault(
        "fhir.active-narrative",
        "has script in its narrative",
        change(
            "Organization",
            put(
                "text",
                {
                    "status": "generated",
                    "div": '<div xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></div>',
                },
            ),
        ),
    ),
    Fault(
        "fhir.address-text",
        "writes addresses as one text",
        (
            change("Patient", put("address.text", "1 Canal Street, Leeds")),
            change("Location", put("address.text", "Leeds")),
            change("Organization", put("address.text", "Leeds")),
        ),
        STU3,
    ),
    Fault(
        "fhir.address-state",
        "has a state in addresses",
        (
            change("Patient", put("address.state", "Yorkshire")),
            change("Location", put("address.state", "Yorkshire")),
            change("Organization", put("address.state", "Yorkshire")),
        ),
    ),
    Fault(
        "fhir.telecom-without-system",
        "omits the kind of telecoms",
        (change("Organization", without("telecom.system")), change("Location", without("telecom.system"))),
    ),
)
