"""What the format scenarios share: how a format is wished for, what every interaction is called, and when XML is due."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from conformance.checks.answers import resource, searchset, status
from conformance.checks.kinds import Check
from conformance.checks.values import every
from conformance.consumer.deviations import accept, as_xml, content_type, query, without_header
from conformance.consumer.reply import Reply
from conformance.consumer.request import Request
from conformance.core.results import Blame
from conformance.harness.case import Case, case, table
from conformance.harness.scene import Scene
from conformance.scenarios.asking import WRITES, answers
from conformance.scenarios.test_every_answer import SHORT
from conformance.spec import Edition

SAID = {
    "search": "A search for free slots",
    "book": "A booking",
    "retrieve": "A request for a patient's appointments",
    "read": "A read of an appointment",
    "amend": "An amendment",
    "cancel": "A cancellation",
    "metadata": "A request for the capability statement",
    "patient-find": "A search for a patient",
    "patient-read": "A read of a patient",
    "register": "A registration",
    "practitioner-find": "A search for a practitioner",
    "practitioner-read": "A read of a practitioner",
    "organization-find": "A search for an organisation",
    "organization-read": "A read of an organisation",
    "location-find": "A search for a location",
    "location-read": "A read of a location",
}
"""Each interaction as the beginning of a title."""

UNCHANGED = "(as the builder has it)"


@dataclass(frozen=True)
class Kind:
    """A deviation that is tried on every interaction, or on those that write or only read: one case each.

    `title` goes on after the words of SAID. `more` are parameters of the cases; `also` adds requirements by short name.
    """

    name: str
    title: str
    verifies: str
    faults: str
    why: str
    mend: str
    more: dict[str, Any] = field(default_factory=dict)
    only: str = ""
    also: dict[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    noted: str = ""


def cases(prefix: str, kind: Kind) -> tuple[Case, ...]:
    """Return the cases of a kind, one an interaction, as `<prefix>.<interaction>-<kind>`."""
    return table("", *_rows(prefix, kind), why=kind.why, mend=kind.mend, noted=kind.noted, **kind.more)


def _rows(prefix: str, kind: Kind) -> Iterator[dict[str, Any]]:
    for key, short in SHORT.items():
        if short in kind.without or (kind.only and (key in WRITES) is not (kind.only == "writes")):
            continue
        verifies = f"{kind.verifies} {kind.also.get(short, '')}".strip()
        editions = "dstu2" if key == "find_location" else ""
        if editions.upper() not in verifies:
            continue
        title = f"{SAID[short]} {kind.title}"
        yield case(
            f"{prefix}.{short}-{kind.name}", title, verifies, interaction=key, editions=editions, faults=kind.faults
        )


def wished(scene: Scene, request: Request) -> Request:
    """Return a request that wishes for formats as its case says.

    `accept` (None: no such header) and `parameter` (of _format) are texts in which {json} and {xml} stand for the edition's
    media types; `body` is the format of the body, `label` its Content-Type where that is to be another.
    """
    case, edition = scene.case, scene.edition
    if case.get("body") == "xml":
        request = as_xml()(request)
    wanted = case.get("accept", UNCHANGED)
    if wanted is None:
        request = without_header("Accept")(request)
    elif wanted != UNCHANGED and _text(edition, wanted) != request.header("Accept"):
        request = accept(_text(edition, wanted))(request)
    if case.get("label"):
        request = content_type(_text(edition, case["label"]))(request)
    if case.get("parameter"):
        request = query("_format", _text(edition, case["parameter"]))(request)
    return request


def _text(edition: Edition, template: str) -> str:
    return template.format(json=edition.media_type("json"), xml=edition.media_type("xml"))


def needs_xml(scene: Scene) -> None:
    """End the scenario where the edition leaves XML to the provider and the provider does not declare it."""
    if "xml" in scene.edition.raw.get("optional_formats", ()) and not _declares(scene, "xml"):
        scene.omit("the capability statement does not declare XML, which this edition leaves to the provider")


def _declares(scene: Scene, form: str) -> bool:
    reply = _statement(scene)
    if reply.status != 200 or not reply.resource_type:
        scene.cannot(f"the capability statement cannot be had: {reply.described}", Blame.PROVIDER)
    return any(form in str(declared).lower() for declared in every(reply.value, "format"))


def _statement(scene: Scene) -> Reply:
    known = (
        exchange
        for exchange in scene.session.exchanges
        if exchange.interaction == "get_capability_statement" and exchange.status == 200 and not exchange.deviant
    )
    earlier = next(known, None)
    return scene.session.reply_to(earlier) if earlier else scene.send(scene.requests.capability())


def succeeded(scene: Scene, key: str, reply: Reply) -> bool:
    """Hold an answer to the success of an interaction; a registration may also find its patient registered already."""
    if key == "register_patient" and reply.status == 409:
        return scene.judge(reply, resource("OperationOutcome"))
    kind, code = answers(scene, key)
    body: Check = searchset if kind == "Bundle" else resource(kind)
    return scene.judge(reply, status(code)) and scene.judge(reply, body)
