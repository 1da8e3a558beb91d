"""HTTP as such: codings, chunks, forwarding headers, percent encoding, sizes, the service root and its clock."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from conformance.checks.check import Check, Context
from conformance.checks.comparison import unlike
from conformance.checks.json_values import first, spelled
from conformance.checks.response import success
from conformance.checks.robustness import coded, directive, nameless, served_or_refused, silent_about
from conformance.consumer.header_values import http_date
from conformance.consumer.request import Change, Request
from conformance.consumer.request_mutations import add_query, below_fhir, chunked, header, without_header
from conformance.consumer.response import Response
from conformance.core.results import Blame, Finding, Severity
from conformance.engine.all_responses import judge_all_responses, responded
from conformance.engine.context import ScenarioContext
from conformance.engine.response_rules import ResponseRule
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.interaction_names import NAMES, SHORT
from conformance.scenarios.steps.refusals import rest_where_refused
from conformance.scenarios.steps.valid_requests import (
    compare_with_usual,
    one_of_each,
    send_valid,
    success_of,
    valid_request,
)

_HOST = "forwarded.example.org"


def _row(short: str, name: str, title: str, verifies: str, faults: str, **rest: Any) -> dict[str, Any]:
    return case(f"http.{short}-{name}", title, verifies, interaction=SHORT[short], short=short, faults=faults, **rest)


def _alike(
    short: str, name: str, difference: str, verifies: str, faults: str, *changes: Change, **rest: Any
) -> dict[str, Any]:
    return _row(
        short,
        name,
        f"{NAMES[short].capitalize()} {difference} gets the same response as one without",
        verifies,
        faults,
        changes=changes,
        **rest,
    )


# Percent encoding


def _written(label: str, write: Any) -> Change:
    """Write the query differently; `write` encodes the name and the value of each parameter."""

    def apply(request: Request) -> Request:
        return request.with_(raw_query="&".join(f"{write(name)}={write(value)}" for name, value in request.query))

    return Change(label, apply)


def _all_encoded(text: str) -> str:
    return quote(text, safe="")


def _small(text: str) -> str:
    return re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), quote(text, safe=""))


def _letters_too(text: str) -> str:
    return "".join(
        f"%{ord(letter):02X}" if letter.isascii() and letter.isalpha() else quote(letter, safe="-_.~:/")
        for letter in text
    )


def _hardly(text: str) -> str:
    return quote(text, safe="|:/-._~,@")


def _path_encoded() -> Change:
    return Change(
        "with a letter of the path encoded",
        lambda request: request.with_(
            path=re.sub(r"[a-z]", lambda found: f"%{ord(found[0]):02X}", request.path, count=1)
        ),
    )


_ENCODED = "STU3-HTTP-010 DSTU2-HTTP-001"
_EVERYTHING = _written("everything encoded", _all_encoded)
ENCODED = table(
    "",
    *(
        _alike(short, name, difference, _ENCODED if short != "retrieve" else "STU3-HTTP-010", fault, change,
               may_be_refused=name == "bar-unencoded")
        for short, name, difference, fault, change in (
            ("search", "colon-encoded", "with colons and slashes encoded", "http.encoded-colon-unknown", _EVERYTHING),
            ("patient-find", "slash-encoded", "with colons and slashes encoded", "http.encoded-slash-unknown", _EVERYTHING),
            ("organization-find", "slash-encoded", "with slashes encoded", "http.encoded-slash-unknown", _EVERYTHING),
            ("retrieve", "letters-encoded", "with letters encoded", "http.encoded-letters-unknown",
             _written("letters encoded", _letters_too)),
            ("search", "letters-encoded", "with letters encoded", "http.encoded-letters-unknown",
             _written("letters encoded", _letters_too)),
            ("patient-find", "small-hex", "with small hexadecimal digits", "http.small-hex-unknown",
             _written("in small hexadecimal digits", _small)),
            ("patient-find", "bar-unencoded", "with an unencoded |", "http.plain-bar-is-server-error",
             below_fhir(_written("hardly encoded", _hardly))),
            ("metadata", "path-encoded", "with a letter of its path encoded", "http.encoded-letters-unknown", _path_encoded()),
        )
    ),
    why="RFC 3986 has many spellings of one URL, and consumers' libraries choose among them.",
    fix="Decode path and query before you compare them, once, and as UTF-8.",
)  # fmt: skip

HEADERS = table(
    "",
    *(_alike(short, "forwarded", "with Forwarded and X-Forwarded headers", "STU3-HTTP-022 DSTU2-HTTP-018",
             "http.refuses-forwarded", header("Forwarded", "for=192.0.2.1;proto=https;by=203.0.113.43"),
             header("X-Forwarded-For", "192.0.2.1"))
      for short in ("metadata", "search", "read", "patient-find")),
    *(_alike(short, f"in-{language}", f"with Accept-Language {language}", "DSTU2-FHIR-003", "http.speaks-french",
             header("Accept-Language", f"{language}, en;q=0.1"))
      for short in ("search", "read") for language in ("fr-FR", "tr-TR")),
    *(_alike(short, "unknown-header", "with an unknown header", "STU3-HTTP-001 DSTU2-HTTP-001",
             "http.refuses-odd-headers", header("X-Unheard-Of", "1")) for short in ("metadata", "search")),
    _alike("metadata", "without-user-agent", "without User-Agent", "STU3-HTTP-001 DSTU2-HTTP-001", "http.wants-user-agent",
           without_header("User-Agent")),
    why="Proxies and libraries add headers; what they add must not change the response.",
    fix="Leave alone the headers that the specification does not name.",
)  # fmt: skip


@scenarios(ENCODED, HEADERS)
def test_alike(context: ScenarioContext, case: Case) -> None:
    request = valid_request(context, SHORT[case["short"]]).request
    if case.get("may_be_refused") and _may_refuse(context, context.send(request, *case["changes"])):
        context.findings.note("refused: RFC 3986 does not allow the character unencoded", code="refused")
        return
    compare_with_usual(context, request, *case["changes"], compare=_UNLIKE)


def _may_refuse(context: ScenarioContext, response: Response) -> bool:
    """Whether a request was refused as one that is not valid; then it rests on its control."""
    return (response.status or 0) < 500 and rest_where_refused(context, response)


_UNLIKE = unlike("the response differs from the one to the usual request", "unlike")


SIZES = table(
    "",
    _row("search", "long-url", "A slot search with a URL of 7000 characters is served or refused, without a server error",
         "STU3-HTTP-001 DSTU2-HTTP-001", "http.long-url-is-server-error",
         changes=(below_fhir(add_query("padding", "x" * 6700)),)),
    _row("metadata", "large-header",
         "A request for the capability statement with a header of 4000 characters is served or refused, without a server error",
         "STU3-HTTP-001 DSTU2-HTTP-001", "http.large-header-is-server-error",
         changes=(below_fhir(header("X-Padding", "x" * 4000)),)),
    _row("metadata", "body-on-get",
         "A request for the capability statement with a body is served or refused, without a server error",
         "STU3-HTTP-001 DSTU2-HTTP-001", "http.body-on-get-is-server-error",
         changes=(Change("with a body", lambda request: request.with_(body={"resourceType": "Basic"})),)),
    _row("search", "body-on-get", "A slot search with a body is served or refused, without a server error",
         "STU3-HTTP-001 DSTU2-HTTP-001", "http.body-on-get-is-server-error",
         changes=(Change("with a body", lambda request: request.with_(body="a=b")),)),
    why="HTTP expects servers to support request lines of 8000 characters, and to refuse what is too large with a client "
        "error.",
    fix="Respond to what is too large with 414, 431 or 400, and ignore a body where none is expected.",
)  # fmt: skip


@scenarios(SIZES)
def test_sizes(context: ScenarioContext, case: Case) -> None:
    response, _ = send_valid(context, case["short"], *case["changes"], checks=(served_or_refused,))
    rest_where_refused(context, response)


CHUNKED = table(
    "",
    *(_row(short, "chunked", f"{NAMES[short].capitalize()} with a chunked body succeeds", "STU3-HTTP-019 DSTU2-HTTP-008",
           "http.refuses-chunked") for short in ("book", "amend", "cancel")),
    why="HTTP libraries send chunked bodies when they do not know the length beforehand.",
    fix="Let the HTTP server reassemble chunked bodies; do not require Content-Length.",
)  # fmt: skip


def _mild(check: Check, context: ScenarioContext) -> Check:
    """The same check, as a warning in an edition whose page speaks of responses in chunks only."""

    def judged(response: Response, context: Context) -> Iterator[Finding]:
        for finding in check(response, context):
            binds = context.edition.capabilities.requires_chunked_requests
            yield finding if binds else replace(finding, severity=Severity.WARN)

    return judged


@scenarios(CHUNKED)
def test_chunked(context: ScenarioContext, case: Case) -> None:
    short = case["short"]
    send_valid(context, short, chunked(), checks=(_mild(success(*success_of(context, SHORT[short])), context),))


GZIP = "STU3-FHIR-013 DSTU2-HTTP-012"
_ZIP = header("Accept-Encoding", "gzip")
_WORTH_CODING = 1400  # bytes: what one network packet carries anyway
CODED = table(
    "",
    *(_row(short, "gzip", f"{NAMES[short].capitalize()} that accepts gzip gets a gzip-encoded response", GZIP,
           "http.never-compresses "
           "http.mislabels-gzip", changes=(_ZIP,), coding="gzip") for short in ("metadata", "search")),
    *(_row(short, "plain", f"{NAMES[short].capitalize()} without Accept-Encoding gets a response without content coding", GZIP,
           "http.always-compresses http.teapot", changes=(), coding="") for short in ("metadata", "search")),
    *(_row(short, "identity",
           f"{NAMES[short].capitalize()} that accepts identity only gets a response without content coding", GZIP,
           "http.always-compresses", changes=(header("Accept-Encoding", "identity"),), coding="")
      for short in ("metadata", "search")),
    _row("metadata", "unknown-coding",
         "A request for the capability statement that accepts only an unknown content coding gets a response without one", GZIP,
         "http.always-compresses", changes=(header("Accept-Encoding", "rot13"),), coding=""),
    why="Searchsets of slots are large; consumers request gzip on slow connections, and cannot read a coding they did not "
        "request.",
    fix="Compress when Accept-Encoding lists gzip, and only then.",
)  # fmt: skip


@scenarios(CODED)
def test_coded(context: ScenarioContext, case: Case) -> None:
    response = context.send(valid_request(context, SHORT[case["short"]]).request, *case["changes"])
    if context.judge(response, success(*success_of(context, SHORT[case["short"]]))):
        size = len(response.exchange.response_body)
        if case["coding"] and not response.exchange.header("Content-Encoding") and size < _WORTH_CODING:
            context.cannot(f"the response has {size} bytes, which are not worth compressing", Blame.TEST_DATA)
        context.judge(response, coded(case["coding"]))


DISCLOSED = table(
    "",
    _row("book", "forwarded-host", "The response to a booking with X-Forwarded-Host has no URL of that host",
         "STU3-HTTP-022 DSTU2-HTTP-018", "http.follows-forwarded-host", changes=(header("X-Forwarded-Host", _HOST),),
         checks=(silent_about(_HOST),)),
    _row("metadata", "software-untold",
         "The headers of the capability statement do not disclose the version of the provider's software",
         "STU3-HTTP-001 DSTU2-HTTP-001", "http.server-version", changes=(), checks=(nameless,)),
    _row("search", "software-untold",
         "The response headers of a slot search do not disclose the version of the provider's software",
         "STU3-HTTP-001 DSTU2-HTTP-001", "http.server-version", changes=(), checks=(nameless,)),
    why="Software versions, and URLs copied from an unverified header, help only attackers.",
    fix="Build URLs from the configured root; drop X-Powered-By and the version from Server.",
)  # fmt: skip


@scenarios(DISCLOSED)
def test_disclosed(context: ScenarioContext, case: Case) -> None:
    prepared = valid_request(context, SHORT[case["short"]])
    response = context.send(prepared.request, *case["changes"])
    context.judge(response, *case["checks"])
    prepared.settle(response)


ROOT = table(
    SHORT["metadata"],
    case("http.service-root",
         "The service root names the practice, the FHIR version and the major version, and its capability statement agrees",
         "STU3-HTTP-002 STU3-HTTP-003 STU3-HTTP-004 STU3-HTTP-005 DSTU2-SSP-019 DSTU2-META-003",
         faults="metadata.other-fhir-version"),
    why="The Spine routes by the root URL; its parts say which practice and which version is meant.",
    fix="Publish a root of the form https://host/ODS/VERSION/MAJOR/segment and serve that FHIR version there.",
)  # fmt: skip


@scenarios(ROOT)
def test_root(context: ScenarioContext, case: Case) -> None:
    provider = context.config.provider
    parts = provider.base_url.split("/")[3:]
    version = context.edition.capabilities.root_fhir_version
    shown = {"found": provider.base_url, "location": "service root", "code": "service-root"}
    if provider.ods_code not in parts:
        context.findings.fail("the service root does not name the practice", expected=provider.ods_code, **shown)
    if version not in parts:
        context.findings.fail("the service root does not name the FHIR version", expected=version, **shown)
    prescribed = context.edition.capabilities.prescribes_service_root
    if prescribed and parts[1:3] != [version, "1"]:
        context.findings.fail(
            "the service root is not of the form of the specification", expected=f"/ODS/{version}/1/segment", **shown
        )
    elif prescribed and not parts[3:]:
        context.findings.warn("the service root has no routing segment", expected=f"/ODS/{version}/1/segment", **shown)
    if provider.base_url.endswith("/"):
        context.findings.fail("the service root ends in a slash", expected="no slash", **shown)
    response = context.send(context.requests.capability())
    stated = first(response.value, "fhirVersion")
    wanted = context.edition.fhir_version.rpartition(".")[0]
    if context.judge(response, success(*success_of(context, SHORT["metadata"]))) and not str(stated).startswith(wanted):
        context.findings.fail(
            "the statement names another FHIR version than the service root",
            location="fhirVersion",
            found=spelled(stated),
            expected=f"{wanted}.x",
            exchange=response.number,
            code="fhir-version",
        )


TOGETHER = table(
    SHORT["patient-find"],
    case("http.one-root", "A patient search, an organisation search and a slot search are served at the same service root",
         "STU3-HTTP-006 STU3-FHIR-043 DSTU2-FHIR-037", faults="http.other-foundations"),
    why="References from appointments to patients are relative, and resolve only where both are served.",
    fix="Serve both capabilities at the same service root.",
)  # fmt: skip


@scenarios(TOGETHER)
def test_together(context: ScenarioContext, case: Case) -> None:
    for short in ("metadata", "search", "patient-find", "organization-find"):
        context.judge(
            context.send(valid_request(context, SHORT[short]).request), success(*success_of(context, SHORT[short]))
        )


CLOCK = table(
    SHORT["metadata"],
    case("http.clock-in-step",
         "The Date of the capability statement shows that the provider's clock is in step with the tester's",
         "STU3-JWT-022 DSTU2-NFR-012",
         faults="http.clock-wrong"),
    why="Tokens are valid for five minutes; a provider whose clock is wrong refuses valid ones and accepts expired ones.",
    fix="Synchronise the servers' clocks with the NHS time source.",
)  # fmt: skip


@scenarios(CLOCK)
def test_clock(context: ScenarioContext, case: Case) -> None:
    response = context.send(valid_request(context, SHORT["metadata"]).request)
    now = context.now()
    dates: Sequence[str] = response.exchange.headers("Date")
    if not dates:
        context.cannot("the response has no Date header to compare the clocks by")
    moment = http_date(dates[0])
    if moment is None:
        context.findings.warn(
            "the Date cannot be read",
            location="header Date",
            found=dates[0][:60],
            exchange=response.number,
            code="date",
        )
        return
    apart = abs((moment - now).total_seconds())
    tolerance = context.edition.capabilities.clock_tolerance_seconds
    if apart > tolerance + 1:
        context.findings.warn(
            "the provider's clock is not in step with the tester's",
            location="header Date",
            found=f"{apart:.0f} seconds difference",
            expected=f"at most {tolerance} seconds",
            exchange=response.number,
            code="clock",
        )


UNCACHED = table(
    "",
    *(_row(short, name, f"Every response to {NAMES[short]} has {field}: {wanted}", verifies, fault,
           rule=ResponseRule(responded, (directive(field, wanted),)))
      for short in ("metadata", "search", "book")
      for name, field, wanted, verifies, fault in (
          ("no-cache", "Cache-Control", "no-cache", "DSTU2-SEC-012", "http.may-be-cached"),
          ("expired", "Expires", "0", "DSTU2-SEC-013", "http.without-expires"),
          ("pragma", "Pragma", "no-cache", "DSTU2-SEC-014", "http.without-pragma"),
      )),
    why="The security page requires all three headers, for old and new caches.",
    fix="Send Cache-Control: no-cache, no-store, Expires: 0 and Pragma: no-cache with every response.",
)  # fmt: skip


@scenarios(UNCACHED)
def test_uncached(context: ScenarioContext, case: Case) -> None:
    judge_all_responses(context, one_of_each(case.interaction))
