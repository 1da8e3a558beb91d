"""The last value that passes and the first that does not; sound pairs that differ in what is ignored; texts at their limits."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.checks import (
    bookings,
    capability_statement,
    comparison,
    demographics,
    empty_values,
    operation_outcome,
    profile_conformance,
    robustness,
    slots,
    update_effects,
)
from conformance.checks.bundle_entries import each, holds, named
from conformance.checks.json_values import differences, every, references
from conformance.checks.retrievals import Start, _days
from conformance.consumer.uk_time import LONDON
from conformance.core.results import Blame, Severity
from conformance.fhir.issues import Issue
from conformance.fhir.issues import Severity as Grade
from tests.support.check_context import Context, Dstu2
from tests.support.responses import response

STU3 = "https://fhir.nhs.uk/STU3/StructureDefinition/"
REASON = STU3 + "Extension-GPConnect-AppointmentCancellationReason-1"
CHANNEL = STU3 + "Extension-GPConnect-DeliveryChannel-2"


@pytest.mark.parametrize(
    ("value", "first_day", "after"),
    [
        ("2026-02-28", date(2026, 2, 28), date(2026, 3, 1)),
        ("2026-02", date(2026, 2, 1), date(2026, 3, 1)),
        ("2026-11", date(2026, 11, 1), date(2026, 12, 1)),
        ("2026-12", date(2026, 12, 1), date(2027, 1, 1)),
        ("2026-01", date(2026, 1, 1), date(2026, 2, 1)),
        ("2026", date(2026, 1, 1), date(2027, 1, 1)),
    ],
)
def test_the_days_of_a_date(value: str, first_day: date, after: date) -> None:
    assert _days(value) == (first_day, after)


DAY = datetime(2026, 6, 10, tzinfo=LONDON)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("prefix", ["", "eq", "ge", "le", "gt", "lt", "sa", "eb", "ne"])
def test_a_day_and_an_instant_at_each_bound(prefix: str) -> None:
    after_day = DAY + timedelta(days=1)
    day, instant = Start.parse(f"{prefix}2026-06-10"), Start.parse(f"{prefix}2026-06-10T00:00:00+01:00")
    moments = (DAY - SECOND, DAY, after_day - SECOND, after_day)
    admitted = {"ge": "fttt", "le": "tttf", "gt": "fttt", "sa": "fttt", "lt": "tttf", "eb": "tttf", "ne": "tfft"}
    assert "".join("ft"[day.admits(one)] for one in moments) == admitted.get(prefix, "fttf")
    moments = (DAY - SECOND, DAY, DAY + timedelta(milliseconds=999), DAY + SECOND)
    exact = {"ge": "fttt", "le": "tttf", "gt": "ffft", "sa": "ffft", "lt": "tfff", "eb": "tfff", "ne": "tfft"}
    assert "".join("ft"[instant.admits(one)] for one in moments) == exact.get(prefix, "fttf")


@pytest.mark.parametrize(
    ("claimed", "code", "found"),
    [
        ([STU3 + "GPConnect-Slot-1"], None, ""),
        ([STU3 + "GPConnect-Slot-1|1.0", STU3 + "GPConnect-Slot-1"], None, ""),
        ([STU3 + "GPConnect-Slot-1|1.0", STU3 + "GPConnect-Slot-1|2.0"], "profile-claim-suffix", STU3 + "GPConnect-Slot-1|1.0"),
        ([STU3 + "GPConnect-Slot-1/_history/2"], "profile-claim-suffix", STU3 + "GPConnect-Slot-1/_history/2"),
        ([STU3 + "Other-1", "urn:x"], "profile-claim", STU3 + "Other-1, urn:x"),
        ([], "profile-claim", "nothing"),
    ],
)  # fmt: skip
def test_how_a_profile_is_named(claimed: list[str], code: str | None, found: str) -> None:
    resource = {"resourceType": "Slot", "meta": {"profile": claimed}}
    seen = list(profile_conformance.claimed_wrongly(resource, Context()))
    assert [(one.code, one.found) for one in seen] == ([(code, found)] if code else [])
    for one in seen:
        assert one.severity is (Severity.WARN if code == "profile-claim-suffix" else Severity.FAIL)
        assert (one.location, one.expected) == ("meta.profile", STU3 + "GPConnect-Slot-1")
    assert list(profile_conformance.claimed_wrongly({"resourceType": "Observation"}, Context())) == []


def issue(severity: Grade = Grade.ERROR, **more: Any) -> Issue:
    return Issue(severity, "x", "It is wrong.", "Slot.start", "/start", **more)


@pytest.mark.parametrize(
    ("given", "severity", "blame", "message", "evidence"),
    [
        (issue(), Severity.FAIL, Blame.PROVIDER, "It is wrong.", "/start"),
        (issue(Grade.WARNING, line=3), Severity.WARN, Blame.PROVIDER, "It is wrong.", "/start, line 3"),
        (issue(Grade.INFORMATION), Severity.INFO, Blame.PROVIDER, "It is wrong.", "/start"),
        (issue(profile="https://a/b/P-1"), Severity.FAIL, Blame.PROVIDER, "It is wrong. [P-1]", "/start"),
        (issue(kind="definition"), Severity.INFO, Blame.TOOL, "It is wrong.", "/start"),
        (issue(kind="not-checked", found="f", expected="e"), Severity.INFO, Blame.TOOL, "It is wrong.", "/start"),
    ],
)
def test_an_issue_as_a_finding(given: Issue, severity: Severity, blame: Blame, message: str, evidence: str) -> None:
    found = profile_conformance.finding_of(given)
    assert (found.severity, found.blame, found.message, found.evidence) == (severity, blame, message, evidence)
    assert (found.location, found.code, found.found, found.expected) == (
        "Slot.start", "x", given.found or "", given.expected or "",
    )  # fmt: skip


def test_only_the_page_of_an_issue_of_a_search_is_passed_over() -> None:
    outcomes = {"resourceType": "OperationOutcome"}
    bundle = {
        "resourceType": "Bundle",
        "entry": [{"resource": outcomes}, {"resource": outcomes, "search": {"mode": "outcome"}}],
    }
    profile = Context.edition.profile("OperationOutcome")
    assert profile is not None

    def passed(pointer: str, url: str = profile.canonical) -> bool:
        given = Issue(Grade.ERROR, "x", "m", "p", pointer, profile=url)
        return profile_conformance._of_a_search(given, bundle, Context())

    assert passed("/entry/1/resource/issue")
    assert not passed("/entry/0/resource/issue")
    assert not passed("/entry/1/fullUrl")
    assert not passed("/entry/1/resource", "urn:other")


@pytest.mark.parametrize(
    ("status", "calm"),
    [
        (199, False),
        (200, True),
        (299, True),
        (300, False),
        (399, False),
        (400, True),
        (499, True),
        (500, False),
        (501, True),
        (502, False),
    ],
)
def test_a_request_is_served_or_refused(status: int, calm: bool) -> None:
    assert (not list(robustness.calm(response(None, status), Context()))) is calm
    sees = robustness.served_or_refused.subject  # type: ignore[attr-defined]
    assert sees(response(None, status)) is (status >= 400)
    assert sees(response({"resourceType": "Slot"}, status))


@pytest.mark.parametrize(
    ("name", "value", "names_it"),
    [
        ("Server", "nginx/1.25", True),
        ("Server", "nginx", False),
        ("server", "2", False),
        ("Via", "1.1 proxy", False),
        ("X-Powered-By", "x", True),
        ("X-AspNet-Version", "4", True),
        ("X-AspNetMvc-Version", "5", True),
        ("X-Runtime", "1", True),
        ("X-Generator", "y", True),
        ("X-Debug-Token", "z", True),
        ("X-Request-Id", "1.2", False),
    ],
)
def test_headers_that_name_the_software(name: str, value: str, names_it: bool) -> None:
    found = list(robustness.nameless(response(None, 200, {name: value}), Context()))
    assert [(one.location, one.found) for one in found] == ([(f"header {name}", value)] if names_it else [])


@pytest.mark.parametrize(("length", "shown"), [(120, "x" * 120), (121, f"{'x' * 60} … {'x' * 40} (121 characters)")])
def test_a_long_text_of_a_booking_is_shown_in_part(length: int, shown: str) -> None:
    sent = {"description": "x" * length}
    (lost,) = bookings.texts_kept(sent)(response({"resourceType": "Appointment"}), Context())
    assert (lost.expected, lost.found) == (shown, "nothing")
    (changed,) = bookings.texts_exactly({"comment": "y"}, "comment")(response({"comment": "x" * length}), Context())
    assert (changed.found, changed.expected) == (shown, "y")


@pytest.mark.parametrize(("length", "shown"), [(120, "x" * 120), (121, f"{'x' * 70} … {'x' * 30} (121 characters)")])
def test_a_long_text_of_an_update_is_shown_in_part(length: int, shown: str) -> None:
    (found,) = update_effects.element_is("comment", "y")(response({"comment": "x" * length}), Context())
    assert (found.found, found.expected) == (shown, "y")
    (gone,) = update_effects.element_is("comment", None)(response({"comment": "a"}), Context())
    assert gone.expected == "nothing"


@pytest.mark.parametrize(("seconds", "far"), [(600, False), (601, True), (-600, False), (-601, True)])
def test_the_time_of_booking_may_be_ten_minutes_off(seconds: int, far: bool) -> None:
    noon = datetime(2026, 6, 10, 12, tzinfo=UTC)
    check = bookings.created_close_to({"created": noon.isoformat()})
    body = {"created": (noon + timedelta(seconds=seconds)).isoformat()}
    assert bool(list(check(response(body), Context()))) is far
    assert [one.code for one in bookings.created_close_to({})(response(body), Context())] == ["created-differs"]


def reason(*texts: Any) -> Any:
    return response({"extension": [{"url": REASON, "valueString": text} for text in texts]})


@pytest.mark.parametrize(
    ("stored", "code"),
    [
        (("no longer needed",), None),
        (("no longer",), "reason-shortened"),
        (("no longer…",), "reason-shortened"),
        (("no longer. ",), "reason-shortened"),
        (("",), "cancellation-reason"),
        ((" ",), "cancellation-reason"),
        (("longer",), "cancellation-reason"),
        ((), "cancellation-reason"),
        ((3,), "cancellation-reason"),
        (("no longer needed", "no longer needed"), "cancellation-reason"),
    ],
)
def test_the_beginning_of_a_reason_will_do(stored: tuple[Any, ...], code: str | None) -> None:
    found = list(update_effects.reason_begins("no longer needed")(reason(*stored), Context()))
    assert [one.code for one in found] == ([code] if code else [])
    if code == "reason-shortened":
        assert found[0].message == (
            f"the first {len(stored[0])} of 16 characters of the reason are stored, as is allowed"
        )
        assert found[0].severity is Severity.INFO


def test_what_changes_with_every_change_is_ignored_and_nothing_else() -> None:
    before = {
        "resourceType": "Appointment", "id": "1", "meta": {"versionId": "1", "lastUpdated": "a", "profile": ["p"]},
        "text": {"div": "x"}, "participant": [{"a": 1}, {"b": 2}], "slot": [{"c": 1}, {"d": 2}], "comment": "c",
        "extension": [{"url": REASON, "valueString": "r"}, {"url": "urn:x", "valueString": "v"}],
    }  # fmt: skip
    alike: dict[str, Any] = before | {
        "meta": {"versionId": "2", "lastUpdated": "b", "profile": ["p"]}, "text": {"div": "y"},
        "participant": [{"b": 2}, {"a": 1}], "slot": [{"d": 2}, {"c": 1}], "extension": [{"url": "urn:x", "valueString": "v"}],
    }  # fmt: skip
    assert list(update_effects.untouched(before)(response(alike), Context())) == []
    for path, value in {"id": "2", "comment": "d", "meta": {"profile": ["q"]}, "slot": [{"c": 1}]}.items():
        found = list(update_effects.untouched(before)(response(alike | {path: value}), Context()))
        assert [one.code for one in found] == ["also-changed"], path
        assert list(update_effects.untouched(before, path)(response(alike | {path: value}), Context())) == []
    other = alike | {"extension": [{"url": "urn:x", "valueString": "w"}]}
    (one,) = update_effects.untouched(before)(response(other), Context())
    assert one.location == "Appointment.extension(urn:x)"


@pytest.mark.parametrize(
    ("one", "other", "ignoring", "paths"),
    [
        ({"a": 1}, {"a": True}, (), ["a"]),
        ({"a": 1}, {"a": 1.0}, (), []),
        ({"a": 1}, {}, (), ["a"]),
        ({"a": 1}, {}, ("a",), []),
        ({"a": {"b": 1, "c": 1}}, {"a": {"b": 2, "c": 2}}, ("a.b",), ["a.c"]),
        ({"a": [{"b": 1}, {"b": 2}]}, {"a": [{"b": 1}, {"b": 3}]}, (), ["a.b"]),
        ({"a": [1, 2]}, {"a": [1]}, (), ["a"]),
        ({"a": [1]}, {"a": 1}, (), ["a"]),
        ({"b": 1, "a": 1}, {"a": 2, "b": 2}, (), ["a", "b"]),
        (1, 2, (), ["(the whole)"]),
        (1, 2, ("",), []),
    ],
)
def test_where_two_values_differ(one: Any, other: Any, ignoring: tuple[str, ...], paths: list[str]) -> None:
    assert list(differences(one, other, ignoring=frozenset(ignoring))) == paths
    assert list(differences(other, one, ignoring=frozenset(ignoring))) == paths


def test_resources_that_share_an_id_are_numbered() -> None:
    same = [{"fullUrl": str(n), "resource": {"resourceType": "Slot", "id": "1", "n": n}} for n in range(3)]
    odd: list[Any] = [{"resource": {"resourceType": "Slot"}}, {"resource": 3}, 4, {"search": {}}]
    found = comparison.by_resource(response({"resourceType": "Bundle", "total": 9, "entry": [*same, *odd]}))
    assert list(found) == ["Bundle", "Slot/1", "Slot/1 (2)", "Slot/1 (3)", "Slot/(no id)"]
    assert found["Bundle"] == {"resourceType": "Bundle", "total": 9}
    assert found["Slot/1 (2)"]["entry"] == {"fullUrl": "1"}
    assert list(comparison.by_resource(response(b"x"))) == ["body"]


def test_a_comparison_says_what_is_there_and_what_is_not() -> None:
    one = response(
        {
            "resourceType": "Bundle",
            "id": "a",
            "entry": [{"resource": {"resourceType": "Slot", "id": "1", "x": "y" * 200}}],
        }
    )
    two = response({"resourceType": "Bundle", "id": "b", "entry": [{"resource": {"resourceType": "Slot", "id": "2"}}]})
    three = response(
        {
            "resourceType": "Bundle",
            "total": 1,
            "entry": [{"resource": {"resourceType": "Slot", "id": "1", "meta": {"x": 1}}}],
        }
    )
    compare = comparison.unlike("differs", "c")
    assert [(one.location, one.found, one.expected) for one in compare(one, two)] == [
        ("Slot/1", "not there", "there"), ("Slot/2", "there", "not there"),
    ]  # fmt: skip
    assert [(found.location, found.found, found.expected) for found in compare(one, three)] == [
        ("Bundle.total", "1", "not there"), ("Slot/1.meta", '{"x": 1}', "not there"), ("Slot/1.x", "not there", "y" * 200),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "code", "found", "expected"),
    [
        ({"a": None}, "empty-value", "None", "a value, or no element"),
        ({"a": ""}, "empty-value", "''", "a value, or no element"),
        ({"a": []}, "empty-value", "[]", "a value, or no element"),
        ({"a": {}}, "empty-value", "{}", "a value, or no element"),
        ({"code": "null"}, "null-code", '"null"', "a code of the code system, or no code"),
        ({"a": "null"}, None, "", ""),
        ({"code": " b"}, "padded-value", "' b'", "b"),
        ({"status": "b\n"}, "padded-value", "'b\\n'", "b"),
        ({"description": " b "}, None, "", ""),
        ({"url": " " + "x" * 70}, "padded-value", repr(" " + "x" * 59), "x" * 60),
        ({"a": "URN:UUID:AB"}, "uuid-case", "URN:UUID:AB", "urn:uuid:ab"),
        ({"a": "urn:uuid:ab"}, None, "", ""),
        ({"a": "urn:uuid:" + "A" * 60}, "uuid-case", "urn:uuid:" + "A" * 51, "urn:uuid:" + "a" * 51),
        ({"a": 0, "b": False}, None, "", ""),
    ],
)
def test_empty_and_untidy_values(body: Any, code: str | None, found: str, expected: str) -> None:
    seen = list(empty_values.tidy(response({"resourceType": "Slot", "id": "1"} | body), Context()))
    assert [(one.code, one.found, one.expected) for one in seen] == ([(code, found, expected)] if code else [])
    assert all(one.location == f"Slot.{next(iter(body))}" for one in seen)


DIV = "<div xmlns='http://www.w3.org/1999/xhtml'>"


@pytest.mark.parametrize(
    ("text", "code", "found"),
    [
        ({"status": "generated", "div": DIV + "a</div>"}, None, ""),
        ({"status": "generated", "div": "<x:div xmlns:x='http://www.w3.org/1999/xhtml'/>"}, None, ""),
        ({"div": DIV}, "narrative", DIV[:60]),
        ({"status": "generated", "div": "<p>" + "x" * 60}, "narrative", "<p>" + "x" * 57),
        ({"status": "generated"}, "narrative", "nothing"),
        ("words", "narrative", "nothing"),
        *[({"status": "g", "div": f"{DIV}{bad}"}, "narrative-active", f"{DIV}{bad}"[:80]) for bad in (
            "<script>", "< OBJECT>", "<iframe/>", "<form ", "<link ", "<style>", "<p onClick =x", "JavaScript:")],
        *[({"status": "g", "div": f"{DIV}{good}"}, None, "") for good in ("<strong>", "<p condition>", "on = ")],
        ({"status": "g", "div": f"{DIV}<script>{'x' * 80}"}, "narrative-active", f"{DIV}<script>{'x' * 80}"[:80]),
    ],
)  # fmt: skip
def test_narratives(text: Any, code: str | None, found: str) -> None:
    seen = list(empty_values.narrative(response({"resourceType": "Slot", "text": text}), Context()))
    assert [(one.code, one.found) for one in seen] == ([(code, found)] if code else [])


@pytest.mark.parametrize(
    ("found", "nearest"),
    [(["abcdX", "abcdY"], "abcdX"), (["zz", "abcdY"], "abcdY"), (["zz", "abcY"], "zz"), ([], "nothing")],
)
def test_the_nearest_text_is_named(found: list[str], nearest: str) -> None:
    entries = [{"resource": {"resourceType": "Appointment", "comment": one}} for one in found]
    body = {"resourceType": "Bundle", "entry": entries}
    (seen,) = empty_values.holds_text("abcdef" + "x" * 150, "comment", "description")(response(body), Context())
    assert (seen.found, seen.expected, seen.location) == (nearest, "abcdef" + "x" * 114, "Appointment.comment")
    assert list(empty_values.holds_text("Y", "description", "comment")(response({"comment": "XYZ"}), Context())) == []


@pytest.mark.parametrize(("day", "past"), [(0, True), (-1, True), (1, False)])
def test_a_birth_date_may_be_today(day: int, past: bool) -> None:
    context = Context()
    born = (context.now().date() + timedelta(days=day)).isoformat()
    assert (not list(demographics.birth_date({"birthDate": born}, context))) is past


@pytest.mark.parametrize(
    ("codes", "found"),
    [
        (["In-person"], []),
        (["Video"], []),
        (["Telephone"], []),
        (["Letter"], ["channel-code"]),
        ([], ["channel"]),
        ([""], ["channel"]),
        (["Video", "Video"], ["channel"]),
    ],
)
def test_one_delivery_channel_of_the_list(codes: list[str], found: list[str]) -> None:
    slot = {"extension": [{"url": CHANNEL, "valueCode": code} for code in codes]}
    assert [one.code for one in slots.has_channel(slot, Context())] == found


@pytest.mark.parametrize(("breaches", "codes"), [(5, ["missing"] * 5), (6, ["missing"] * 5 + ["more"])])
def test_five_breaches_of_a_list_are_named_the_failures_first(breaches: int, codes: list[str]) -> None:
    bare = [{"resource": {"resourceType": "Slot", "id": str(number)}} for number in range(breaches)]
    body = response({"resourceType": "Bundle", "entry": bare})
    found = list(each("Slot", holds("start"))(body, Context()))
    assert [one.code for one in found] == codes
    assert [one.location for one in found[:5]] == [f"Slot/{number} start" for number in range(5)]
    if breaches == 6:
        assert (found[-1].message, found[-1].severity) == ("1 more of this kind in the same response", Severity.INFO)
    mixed = list(each("Slot", holds("end", severity=Severity.WARN), holds("start"))(body, Context()))
    assert [one.severity for one in mixed[:5]] == [Severity.FAIL] * 5
    listed = named([one["resource"] for one in bare])
    assert listed == "Slot/0, Slot/1, Slot/2, Slot/3, Slot/4" + (" and 1 more" if breaches == 6 else "")


def test_references_are_found_once_and_in_order() -> None:
    value = {"b": [{"reference": "Slot/2"}, {"reference": "https://p/Slot/1/_history/3"}], "a": {"reference": "Slot/2"},
             "c": {"reference": {"reference": "Slot/9"}}, "d": {"reference": "Patient/4"}}  # fmt: skip
    assert list(references(value, "Slot")) == ["2", "1"]
    assert list(every({"a": [{"b": [1, 2]}, {"b": 3}, 4, {"c": 5}]}, "a.b")) == [1, 2, 3]


@pytest.mark.parametrize(
    ("kind", "more", "paths"),
    [
        ("instance", {"implementation": {"description": "x"}}, []),
        ("instance", {"software": {"name": "x"}}, ["implementation"]),
        ("instance", {"implementation": {}}, ["implementation"]),
        ("capability", {"software": {"name": "x"}}, []),
        ("capability", {}, ["software"]),
        ("requirements", {}, []),
        ("other", {}, ["kind"]),
        (None, {}, ["kind"]),
    ],
)
def test_a_statement_is_completed_as_its_kind_requires(
    kind: str | None, more: dict[str, Any], paths: list[str]
) -> None:
    body = {"kind": kind} | more if kind else more
    found = list(capability_statement.kind_completed(response(body), Context()))
    assert [one.location for one in found] == paths


@pytest.mark.parametrize(
    ("day", "sound"),
    [
        ("2026", True),
        ("2026-01", True),
        ("2026-01-02", True),
        ("2026-01-02T10:00:00Z", True),
        ("26-01-02", False),
        ("2026-1", False),
        ("", False),
        ("2026-01-02T", False),
    ],
)
def test_the_date_of_a_statement(day: str, sound: bool) -> None:
    assert (not list(capability_statement.dated(response({"date": day}), Context()))) is sound


@pytest.mark.parametrize(
    ("form", "declared", "severities"),
    [
        ("json", ["application/fhir+json"], []),
        ("json", ["application/fhir+json; charset=utf-8", "x"], []),
        ("json", ["json"], [Severity.WARN]),
        ("json", ["application/fhir+xml"], [Severity.FAIL]),
        ("xml", ["application/fhir+xml"], []),
        ("xml", ["application/fhir+json", "xml"], [Severity.WARN]),
        ("xml", [], [Severity.FAIL]),
    ],
)
def test_formats_that_a_statement_declares(form: str, declared: list[str], severities: list[Severity]) -> None:
    found = list(capability_statement.formats(form)(response({"format": declared}), Context()))
    assert [one.severity for one in found] == severities
    assert [
        one.severity
        for one in capability_statement.formats("json")(response({"format": ["application/json+fhir"]}), Dstu2())
    ] == []


def test_a_slot_of_another_kind_is_bookable() -> None:
    slot = cast(Any, SimpleNamespace(raw={}, schedule={}, start=DAY, end=DAY + timedelta(minutes=10)))
    late = cast(
        Any, SimpleNamespace(raw={}, schedule={}, start=DAY + timedelta(minutes=10), end=DAY + timedelta(minutes=20))
    )
    check = bookings.times_of([late, slot])
    body = {"start": DAY.isoformat(), "end": (DAY + timedelta(minutes=20)).isoformat()}
    assert list(check(response(body), Context())) == []
    assert [one.location for one in check(response({}), Context())] == ["Appointment.start", "Appointment.end"]


@pytest.mark.parametrize(
    ("stated", "values", "wrong"),
    [
        ("no", ("yes",), False),
        ("yes", ("yes",), True),
        ("no", ("yes", "no"), True),
        (True, (True,), True),
        (1, (True,), False),
        (False, (True,), False),
        (None, (None,), True),
        (None, (True, "yes"), False),
    ],
)
def test_what_a_statement_may_never_declare(stated: Any, values: tuple[Any, ...], wrong: bool) -> None:
    declared = {"type": "Patient"} if stated is None else {"type": "Patient", "updateCreate": stated}
    body = {"rest": [{"mode": "server", "resource": [{"type": "Slot", "updateCreate": "yes"}, declared]}]}
    found = list(capability_statement.never("Patient", "updateCreate", *values)(response(body), Context()))
    assert bool(found) is wrong
    assert [one.location for one in found] == (["rest.resource(Patient).updateCreate"] if wrong else [])


@pytest.mark.parametrize(
    ("body", "leak"),
    [
        (b"Traceback (most recent call last)", "Traceback"),
        (b"at uk.gp.Booking(Booking.java:12)", "at uk.gp.Booking(Booking.java:12)"),
        (b"\tat uk.gp.Booking(Booking.java:12)", "at uk.gp.Booking(Booking.java:12)"),
        (b"an at sign", None),
        (b"SQLSTATE 42", "SQLSTATE"),
        (b"SQLITE error", "SQLITE"),
        (b"MySQL", None),
        (b"ORA-01017 wrong", "ORA-01017"),
        (b"ORA-1", None),
        (b"java.lang.NullPointerException", "java.lang.NullPointerException"),
        (b"NullReferenceException", "NullReferenceException"),
        (b"An Exception", None),
        (b"<html lang='en'>", "<html"),
        (b"<HTML>", "<HTML"),
        (b"<htmlx>", None),
        (b"<!DOCTYPE html><p>", "<!DOCTYPE html"),
        (b"<!DOCTYPE xml>", None),
        (b"System." + b"x" * 100 + b"Exception", "System." + "x" * 73),
    ],
)
def test_what_is_a_leak(body: bytes, leak: str | None) -> None:
    found = list(operation_outcome.leaks_nothing(response(body, 200), Context()))
    assert [one.found for one in found] == ([leak] if leak else [])
