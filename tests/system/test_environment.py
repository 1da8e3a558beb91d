"""Cases B1 to B7 by command: what a gateway, a proxy or a wrong configuration does is no fault of the provider."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from conformance.core.resources import data_path
from conformance.evidence.reader import read_evidence
from conformance.provider.server_thread import Running, start
from conformance.provider.variants.gateway import Action, Gateway, Reset, Respond, Sent, Silence
from conformance.spec import load
from tests.support.loopback import free_port

EDITIONS = ("stu3", "dstu2")
OTHER = {"stu3": "dstu2", "dstu2": "stu3"}
Decide = Callable[[Sent], Action]
# Pauses as short as can be: no test waits for the sake of waiting.
QUICK = ("run.resilience.pause=0", "run.resilience.longest_pause=0", "run.resilience.wait_for_provider=0")
PROXY = "http://fhir.nhs.net/ValueSet/gpconnect-schedule-response-code-1-0"
BOOKINGS = "book.one-slot or book.two-slots or cancel.slot-free or amend.description"


@pytest.fixture(scope="module", params=EDITIONS)
def provider(request: pytest.FixtureRequest) -> Iterator[Running]:
    with start(load(request.param)) as running:
        yield running


@pytest.fixture
def fresh(provider: Running) -> Running:
    provider.reset()
    return provider


def edition_of(running: Running) -> str:
    return running.provider.edition.name


def assure(edition: str, base_url: str, out: Path, *more: str, settings: tuple[str, ...] = ()) -> tuple[int, str]:
    """Run the command; its exit code and what it printed."""
    given = (f"edition={edition}", f"provider.base_url={base_url}", *QUICK, *settings)
    arguments = ["run", "--config", str(data_path("config.example.yaml")), "--no-html", *more]
    arguments += ["--out", str(out)] if "--resume" not in more else []
    arguments += [part for one in given for part in ("--set", one)]
    done = subprocess.run(
        [sys.executable, "-m", "conformance", *arguments],
        capture_output=True, text=True, timeout=300, check=False, cwd=out.parent, env=dict(os.environ),
    )  # fmt: skip
    printed = done.stdout + done.stderr
    assert "Traceback" not in printed
    return done.returncode, printed


def results(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "results.json").read_text(encoding="utf-8"))
    return found


def summary(out: Path) -> dict[str, int]:
    return {verdict: count for verdict, count in results(out)["summary"].items() if count}


def scenario(out: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(row for row in results(out)["scenarios"] if row["id"] == name)
    return found


def codes(row: dict[str, Any]) -> list[str]:
    return [finding["code"] for finding in row["findings"]]


def appointments(running: Running) -> set[str]:
    """The ids of the appointments that the provider holds and that are booked."""
    return {str(row["id"]) for row in running.provider.store.rows("SELECT id FROM appointment WHERE status = 'booked'")}


def first(action: Action, *, method: str, path: str) -> Decide:
    """Do this to the first such request, and pass on all others."""
    seen: list[Sent] = []

    def decide(sent: Sent) -> Action:
        if sent.method == method and sent.target.partition("?")[0].endswith(path) and not seen:
            seen.append(sent)
            return action
        return None

    return decide


# B1


@pytest.mark.parametrize("action", [Respond(504, after=True), Respond(502), Reset()], ids=["504", "502", "reset"])
def test_b1_one_lost_response_to_a_booking_costs_nothing(fresh: Running, tmp_path: Path, action: Action) -> None:
    before = appointments(fresh)
    with Gateway(fresh.base_url, first(action, method="POST", path="/Appointment")) as gateway:
        code, printed = assure(edition_of(fresh), gateway.base_url, tmp_path / "out", "-k", BOOKINGS)
    assert code == 0, printed
    assert set(summary(tmp_path / "out")) == {"pass"}
    assert appointments(fresh) == before
    (hit,) = [row for row in results(tmp_path / "out")["scenarios"] if "started-again" in codes(row)]
    recorded = read_evidence(tmp_path / "out").exchanges
    seen = [recorded[number] for number in hit["exchanges"]]
    lost = next(one for one in seen if one.label.endswith("Book an appointment"))
    slot = json.loads(lost.request_body)["slot"][0]["reference"]
    again = [one for one in seen if one.method == "POST" and one.number > lost.number]
    assert again
    assert all(slot.encode() not in one.request_body for one in again)
    assert recorded[lost.number + 1].interaction == "retrieve_patient_appointments"


def test_b1_what_cannot_be_undone_is_named(fresh: Running, tmp_path: Path) -> None:
    def decide(sent: Sent) -> Action:
        if sent.method == "POST":
            return Respond(504, after=True)
        return Respond(403, media_type="text/plain") if sent.method == "PUT" else None

    before = appointments(fresh)
    with Gateway(fresh.base_url, decide) as gateway:
        code, printed = assure(edition_of(fresh), gateway.base_url, tmp_path / "out", "-k", "book.one-slot")
    row = scenario(tmp_path / "out", "book.one-slot")
    assert (code, row["verdict"]) == (3, "skip"), printed
    named = " ".join(finding["message"] for finding in row["findings"] if finding["code"] == "left-over")
    left = appointments(fresh) - before
    assert left
    assert all(f"Appointment/{name}" in named for name in left)


# B2


DISTURBANCES = {
    "502": Respond(502),
    "503": Respond(503, body=b"", media_type="text/plain"),
    "504": Respond(504, after=True),
    "429": Respond(429, {"Retry-After": "1"}, body=b""),
    "reset": Reset(),
}


def test_b2_every_nineteenth_request_disturbed_in_turn(fresh: Running, tmp_path: Path) -> None:
    kinds = list(DISTURBANCES.values())

    def decide(sent: Sent) -> Action:
        return kinds[sent.number // 19 % len(kinds)] if sent.number % 19 == 0 else None

    select = "book.o or book.s or cancel.s or amend.d or read.b or search.i or patient.f or metadata.a or retrieve.f"
    with Gateway(fresh.base_url, decide) as gateway:
        code, printed = assure(edition_of(fresh), gateway.base_url, tmp_path / "out", "-k", select)
    assert code == 0, printed
    assert set(summary(tmp_path / "out")) <= {"pass", "skip"}
    assert summary(tmp_path / "out").get("skip", 0) <= 1
    disturbed = len(gateway.seen) // 19
    assert disturbed > 10
    noted = [code for row in results(tmp_path / "out")["scenarios"] for code in codes(row)]
    assert noted.count("repeated") + noted.count("environment") + noted.count("started-again") >= disturbed
    assert any(notice["code"] == "repeats" for notice in results(tmp_path / "out")["run"]["notices"])


def test_b2_what_comes_each_time_while_the_control_succeeds_is_the_providers(fresh: Running, tmp_path: Path) -> None:
    def decide(sent: Sent) -> Action:
        odd = sent.method == "GET" and "/Patient?" in sent.target and "%7C" not in sent.target
        return Respond(502) if odd else None

    with Gateway(fresh.base_url, decide) as gateway:
        code, printed = assure(edition_of(fresh), gateway.base_url, tmp_path / "out", "-k", "patient.find")
    judged = [row for row in results(tmp_path / "out")["scenarios"] if row["verdict"] in ("fail", "warn")]
    assert code in (0, 1), printed
    assert judged  # by weight: some of these demands are derived
    for row in judged:
        assert any(finding["severity"] != "info" and finding["blame"] == "provider" for finding in row["findings"])
        assert any("taken as the provider's own" in finding["message"] for finding in row["findings"])


# B3


def served(edition: str, port: int) -> subprocess.Popen[bytes]:
    """A provider in a process of its own that can be killed; it listens when this returns."""
    process = subprocess.Popen(
        [sys.executable, "-m", "conformance", "provider", "--edition", edition, "--port", str(port)],
        stdout=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            return process


@pytest.mark.parametrize("edition", EDITIONS)
def test_b3_a_killed_provider_ends_the_run_and_resuming_completes_it(edition: str, tmp_path: Path) -> None:
    out, port, select = tmp_path / "out", free_port(), "book.o or cancel.s or read.every-answer-etag or metadata.a"
    root = {"stu3": "STU3", "dstu2": "DSTU2"}[edition]
    upstream = f"http://127.0.0.1:{port}/A20047/{root}/1/gpconnect"
    process = served(edition, port)

    def decide(sent: Sent) -> Action:
        if sent.number == 60:
            process.kill()
            process.wait()
            gateway.close()
        return None

    gateway = Gateway(upstream, decide)
    base_url = gateway.base_url
    code, printed = assure(edition, base_url, out, "-k", select)
    assert code == 3, printed
    assert "Incomplete" in printed
    assert f"--resume {out}" in printed
    first_part = results(out)
    assert first_part["run"]["complete"] is False
    assert set(summary(out)) <= {"pass", "skip"}
    assert summary(out)["pass"] > 3
    done = {row["id"] for row in first_part["scenarios"] if row["verdict"] == "pass"}
    before = dict(read_evidence(out).exchanges)

    process = served(edition, port)
    try:
        with Gateway(upstream, port=int(base_url.split(":")[2].split("/")[0])):
            code, printed = assure(edition, base_url, out, "--resume", str(out))  # the configuration is known
    finally:
        process.kill()
        process.wait()
    assert code == 0, printed
    whole = results(out)
    assert whole["run"]["complete"] is True
    assert set(summary(out)) == {"pass"}
    names = [row["id"] for row in whole["scenarios"]]
    assert len(names) == len(set(names))
    assert done < set(names)
    assert whole["run"]["id"] == first_part["run"]["id"]
    kept = [row for row in whole["scenarios"] if row["id"] in done]
    assert {row["id"]: row["duration_ms"] for row in kept} == {
        row["id"]: row["duration_ms"] for row in first_part["scenarios"] if row["id"] in done
    }
    recorded = read_evidence(out).exchanges
    assert {number: recorded[number] for number in before} == before
    assert max(recorded) > max(before)


def test_b3_a_finished_run_and_another_provider_are_not_resumed(fresh: Running, tmp_path: Path) -> None:
    edition, out = edition_of(fresh), tmp_path / "out"
    assert assure(edition, fresh.base_url, out, "-k", "metadata.answered")[0] == 0
    code, printed = assure(edition, fresh.base_url, out, "--resume", str(out))
    assert (code, "came to its end" in printed) == (2, True)
    with closing(sqlite3.connect(out / "evidence.sqlite", isolation_level=None)) as file:
        file.execute("UPDATE run SET complete = 0")
    code, printed = assure(edition, "http://127.0.0.1:9/other", out, "--resume", str(out))
    assert (code, "was of provider" in printed) == (2, True)
    code, printed = assure(edition, fresh.base_url, out, "--resume", str(tmp_path / "none"))
    assert code == 2


# B4


def test_b4_slot_searches_that_time_out_are_given_up_and_the_rest_goes_on(fresh: Running, tmp_path: Path) -> None:
    def decide(sent: Sent) -> Action:
        return Silence() if "/Slot?" in sent.target else None

    out, select = tmp_path / "out", "book.one-slot or book.without or search.i or patient.find or metadata.a"
    with Gateway(fresh.base_url, decide) as gateway:
        # The provider is on this machine: a second is long, even on a loaded one, and only the searches wait for it.
        code, printed = assure(edition_of(fresh), gateway.base_url, out, "-k", select, settings=("run.read_timeout=2",))
    assert code == 3, printed
    assert set(summary(out)) == {"pass", "skip"}
    assert len([sent for sent in gateway.seen if "/Slot?" in sent.target]) <= 8
    (notice,) = [one for one in results(out)["run"]["notices"] if one["code"] == "interaction-broken"]
    assert notice["message"].startswith("Search for free slots: no usable response 3 times in a row, last a time-out")
    row = scenario(out, "book.one-slot")
    assert (row["verdict"], row["findings"][0]["blame"]) == ("skip", "environment")
    assert scenario(out, "metadata.answered")["verdict"] == "pass"


# B5


def stopped(edition: str, base_url: str, out: Path, *settings: str, select: str = "book.one-slot") -> str:
    """The message of a run that stops before anything is judged."""
    code, printed = assure(edition, base_url, out, "-k", select, settings=settings)
    assert code == 3, printed
    assert not (out / "results.json").exists()
    assert "cannot be decided from here" in printed
    return printed


def test_b5_a_wrong_path(fresh: Running, tmp_path: Path) -> None:
    printed = stopped(edition_of(fresh), fresh.base_url + "x", tmp_path / "out")
    assert "there is no capability statement: 404" in printed
    assert "Check provider.base_url." in printed


def test_b5_a_wrong_asid(fresh: Running, tmp_path: Path) -> None:
    printed = stopped(edition_of(fresh), fresh.base_url, tmp_path / "out", "provider.asid=918999198990")
    assert "Check provider.asid." in printed
    assert "Ssp-To is not the ASID of this system" in printed


def test_b5_the_other_edition(fresh: Running, tmp_path: Path) -> None:
    served_here = edition_of(fresh)
    printed = stopped(OTHER[served_here], fresh.base_url, tmp_path / "out")
    assert f"the configuration says edition {OTHER[served_here]}" in printed
    assert f"at this address is the capability statement of {served_here}" in printed
    assert "Check edition and provider.base_url." in printed


def test_b5_a_login_page(fresh: Running, tmp_path: Path) -> None:
    page = b"<!DOCTYPE html><html><head><title>Sign in to the practice</title></head><body></body></html>"
    with Gateway(fresh.base_url, lambda _: Respond(200, body=page)) as gateway:
        printed = stopped(edition_of(fresh), gateway.base_url, tmp_path / "out")
    assert "a web page with the title 'Sign in to the practice' came" in printed
    assert "Check provider.base_url." in printed


def test_b5_another_fhir_server(fresh: Running, tmp_path: Path) -> None:
    statement = b'{"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1"}'

    def decide(sent: Sent) -> Action:
        found = statement if sent.target.endswith("/metadata") else b'{"resourceType": "OperationOutcome"}'
        return Respond(200 if found is statement else 404, body=found, media_type="application/fhir+json")

    with Gateway(fresh.base_url, decide) as gateway:
        printed = stopped(edition_of(fresh), gateway.base_url, tmp_path / "out")
    assert "another FHIR server: CapabilityStatement of FHIR 4.0.1" in printed


def test_b5_no_configured_patient(fresh: Running, tmp_path: Path) -> None:
    nobody = "data.patients=[{nhs_number: 9990012172, roles: [bookable]}]"
    printed = stopped(edition_of(fresh), fresh.base_url, tmp_path / "out", nobody)
    assert "finds none of the configured patients" in printed
    assert "Check data.patients." in printed


def test_b5_no_slot_in_the_window(fresh: Running, tmp_path: Path) -> None:
    empty = "data.window={start_days: 21, end_days: 23}"
    printed = stopped(edition_of(fresh), fresh.base_url, tmp_path / "out", empty)
    assert "Check data.window" in printed


def test_b5_a_selection_needs_only_what_it_uses(fresh: Running, tmp_path: Path) -> None:
    nothing = (
        "data.window={start_days: 21, end_days: 23}",
        "data.patients=[{nhs_number: 9990012172, roles: [bookable]}]",
    )
    code, printed = assure(
        edition_of(fresh), fresh.base_url, tmp_path / "out", "-k", "metadata.answered", settings=nothing
    )
    assert code == 0, printed


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        ("metadata.unavailable", "metadata.answered"),
        ("metadata.other-fhir-version", "metadata.fhir-version"),
        ("search.refuses-dates", "search.past"),
        ("http.latin-1", "metadata.every-answer-conforms or search.past"),
    ],
)
def test_b5_a_provider_that_is_wrong_in_one_thing_is_judged(
    fresh: Running, tmp_path: Path, fault: str, name: str
) -> None:
    fresh.set_faults([fault])
    try:
        code, printed = assure(edition_of(fresh), fresh.base_url, tmp_path / "out", "-k", name)
    finally:
        fresh.set_faults([])
    assert code in (0, 1), printed
    assert {"fail", "warn"} & set(summary(tmp_path / "out")), printed
    assert any(notice["code"] == "preflight" for notice in results(tmp_path / "out")["run"]["notices"])


# B6


def by_proxy(status: int, text: str) -> Respond:
    coding = [{"system": PROXY, "code": str(status), "display": text}]
    issue = {"severity": "error", "code": "transient", "details": {"coding": coding}, "diagnostics": text}
    body = json.dumps({"resourceType": "OperationOutcome", "issue": [issue]}).encode()
    return Respond(status, body=body, media_type="application/fhir+json")


def through(gateway: Gateway) -> tuple[str, ...]:
    return ("provider.via_proxy=true", f"provider.proxy_url={gateway.proxy_url}")


@pytest.mark.parametrize("status", [502, 504])
def test_b6_the_proxys_own_502_and_504_are_the_environments(fresh: Running, tmp_path: Path, status: int) -> None:
    def decide(sent: Sent) -> Action:
        return by_proxy(status, "ERROR_COMMUNICATING_TO_ENDPOINT_URL") if "/Slot?" in sent.target else None

    out = tmp_path / "out"
    with Gateway(fresh.base_url, decide) as proxy:
        code, printed = assure(
            edition_of(fresh), fresh.base_url, out, "-k", "book.one-slot or metadata.answered", settings=through(proxy)
        )
    assert code == 0, printed
    row = scenario(out, "book.one-slot")
    assert (row["verdict"], row["findings"][0]["blame"]) == ("skip", "environment")
    assert scenario(out, "metadata.answered")["verdict"] == "pass"


def test_b6_another_refusal_of_the_proxy_and_a_missing_header_are_undetermined(fresh: Running, tmp_path: Path) -> None:
    def decide(sent: Sent) -> Action:
        refused = sent.method == "GET" and "/Appointment/" in sent.target
        return by_proxy(403, "ASID_CHECK_FAILED_MESSAGESENDER_200000000359") if refused else None

    out = tmp_path / "out"
    with Gateway(fresh.base_url, decide, drops="ETag") as proxy:
        code, printed = assure(
            edition_of(fresh), fresh.base_url, out, "-k", "read.by-id or patient.read-version", settings=through(proxy)
        )
    assert code == 3, printed  # nothing could be judged
    for name in ("read.by-id", "patient.read-version"):
        row = scenario(out, name)
        assert (row["verdict"], row["findings"][0]["blame"]) == ("skip", "undetermined"), name
        assert "undetermined" in row["reason"]


def test_b6_what_only_the_provider_writes_is_still_its_own(tmp_path: Path) -> None:
    with start(load("stu3"), faults=["read.other-id"]) as running, Gateway(running.base_url) as proxy:
        code, printed = assure(
            "stu3", running.base_url, tmp_path / "out", "-k", "read.by-read-id", settings=through(proxy)
        )
    assert (code, scenario(tmp_path / "out", "read.by-read-id")["verdict"]) == (1, "fail"), printed


# B7


def test_b7_plain_http_leaves_tls_not_tested_and_the_run_incomplete(fresh: Running, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, printed = assure(edition_of(fresh), fresh.base_url, out, "-k", "tls. or metadata.answered")
    assert code == 0, printed
    assert "Incomplete:" in printed
    rows = [row for row in results(out)["scenarios"] if row["id"].startswith("tls.")]
    assert len(rows) > 3
    assert {(row["verdict"], row["reason"]) for row in rows} == {("skip", "the provider is reached over plain HTTP")}
    assert "Incomplete" in (out / "report.html").read_text(encoding="utf-8")
