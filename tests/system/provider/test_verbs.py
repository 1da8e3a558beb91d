"""The words that faults are written in, each at its seam, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from conformance.provider.fault_points import Effect, Seams
from conformance.provider.faults.effects import (
    alter,
    body,
    bounds,
    bundle,
    change,
    content,
    criteria,
    delay,
    drop_extension,
    drop_header,
    drop_parameter,
    edit_extension,
    found,
    header,
    html_page,
    misanswer,
    put,
    refuses,
    setting,
    skip,
    status,
    store,
    without,
)
from tests.support.caller import Caller, refused


def wrong(caller: Caller, *effects: Effect | Iterable[Effect]) -> None:
    """Set effects to work."""
    flat = [one for effect in effects for one in ([effect] if isinstance(effect, Effect) else effect)]
    caller.provider.seams = Seams(flat)


def test_effects_combine_and_end_at_once(caller: Caller) -> None:
    held = caller.booked()
    wrong(
        caller,
        drop_header("ETag", on="read"),
        change("Appointment", without("comment"), on="read"),
        drop_header("Cache-Control"),
    )
    reply = caller.read(held["id"])
    assert not {"ETag", "Cache-Control"} & set(reply.headers)
    assert "comment" not in reply.json()
    caller.running.set_faults([])
    assert caller.read(held["id"]).json() == held


def test_skip(caller: Caller) -> None:
    slot = caller.free()[0]
    assert caller.book(slot).status_code == 201
    wrong(caller, skip("book.slot-is-free"))
    assert caller.book(slot, patient="pat-02").status_code == 201


def test_skip_of_a_whole_area(caller: Caller) -> None:
    wrong(caller, skip("ssp.*"))
    assert caller.call("read_patient", id="pat-01", headers={"Ssp-To": None, "Ssp-From": None}).status_code == 200


def test_misanswer(caller: Caller) -> None:
    wrong(caller, misanswer("read.known", code="BAD_REQUEST"))
    assert refused(caller.read("none")) == (400, "BAD_REQUEST")
    wrong(caller, misanswer(status=418, system="urn:x", display="y", issue_type="login", on="read"))
    (issue,) = caller.read("none").json()["issue"]
    assert issue["code"] == "login"
    assert issue["details"]["coding"][0]["display"] == "y"
    assert caller.call("read_patient", id="none").status_code == 404


def test_change_and_edits(stu3: Caller) -> None:
    wrong(
        stu3,
        change(
            "Slot",
            alter("start", lambda text: text[:19] + "Z"),
            put("status", "FREE"),
            drop_extension("DeliveryChannel"),
        ),
        change("Schedule", edit_extension("PractitionerRole", put("valueCodeableConcept.coding.code", "X"))),
        change("Appointment", without("comment"), form="xml"),
    )
    (slot, *_) = stu3.free()
    assert (slot["start"][-1], slot["status"], "extension" in slot) == ("Z", "FREE", False)
    (schedule, *_) = stu3.entries(stu3.search(), "Schedule")
    assert schedule["extension"][0]["valueCodeableConcept"]["coding"][0]["code"] == "X"
    assert "comment" in stu3.booked()


def test_bundle(caller: Caller) -> None:
    wrong(caller, bundle(put("type", "collection"), on="search"))
    assert caller.search().json()["type"] == "collection"


def test_criteria_and_found(caller: Caller) -> None:
    wrong(
        caller,
        criteria("search", statuses=("free", "busy"), low=lambda low: low - 86400),
        found(lambda rows: rows * 2, on="search"),
    )
    slots = [slot["id"] for slot in caller.entries(caller.search(2, 2), "Slot")]
    assert len(slots) == 2 * len(set(slots))
    assert any(slot.endswith("1410") for slot in slots)
    assert caller.day(1).replace("-", "") in slots[0]


def test_bounds(caller: Caller) -> None:
    wrong(caller, bounds(lambda _: []))
    reply = caller.retrieve("pat-01", f"ge{caller.day(20)}", f"le{caller.day(21)}")
    assert "apt-past-1" in [item["id"] for item in caller.entries(reply, "Appointment")]


def test_store(caller: Caller) -> None:
    wrong(caller, store("book", doc=lambda doc: doc | {"description": doc["description"][:20]}, slot_status="free"))
    slot = caller.free()[0]
    assert caller.book(slot, description="d" * 50).json()["description"] == "d" * 20
    assert slot["id"] in [item["id"] for item in caller.free()]


def test_status_header_and_body(caller: Caller) -> None:
    wrong(
        caller,
        status(202, on="read"),
        header("ETag", lambda held: held and held[2:], on="read"),
        body(lambda sent: sent[:9], only="errors"),
    )
    reply = caller.read("apt-local-1")
    assert (reply.status_code, reply.headers["ETag"]) == (202, '"1"')
    assert caller.read("none").content == b'{"resourc'
    wrong(caller, status(204))
    assert (caller.read("apt-local-1").status_code, caller.read("apt-local-1").content) == (204, b"")


def test_html_page(caller: Caller) -> None:
    wrong(caller, html_page(500, only="errors"))
    reply = caller.read("none")
    assert (reply.status_code, reply.headers["Content-Type"]) == (500, "text/html")
    assert caller.read("apt-local-1").status_code == 200


def test_setting(caller: Caller) -> None:
    wrong(caller, setting("format.responses", "json"))
    reply = caller.call("read_patient", id="pat-01", headers={"Accept": caller.edition.media_type("xml")})
    assert reply.headers["Content-Type"].startswith(caller.edition.media_type("json"))


def test_content(caller: Caller) -> None:
    wrong(caller, content(put("description", "Read otherwise"), on="book"))
    assert caller.booked()["description"] == "Read otherwise"


def test_refuses_and_dropped_parameters(stu3: Caller) -> None:
    wrong(stu3, refuses(lambda call: bool(call.parameters("foo")), "INVALID_PARAMETER", on="search"))
    reply = stu3.call("search_free_slots", params=[*stu3.search_parameters(), ("foo", "bar")])
    assert refused(reply) == (422, "INVALID_PARAMETER")
    wrong(stu3, drop_parameter("searchFilter", on="search"))
    assert {slot["id"][-4:] for slot in stu3.free("Special", 2, 2)} == {"1200"}


def test_delay(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("conformance.provider.faults.effects.time.sleep", slept.append)
    wrong(caller, delay(330, on="read"))
    caller.read("apt-local-1")
    caller.search()
    assert slept == [0.33]


def test_the_fixture_survives_what_effects_do_to_answers(caller: Caller) -> None:
    before = caller.call("read_organization", id="org-practice").json()
    wrong(caller, change("Organization", without("telecom.system"), put("address.text", "Leeds")))
    assert caller.call("read_organization", id="org-practice").json() != before
    caller.running.set_faults([])
    assert caller.call("read_organization", id="org-practice").json() == before
