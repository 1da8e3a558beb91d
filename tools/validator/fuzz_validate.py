"""Fuzzes the readers and the validator: whatever the bytes, issues come back, in time, and nothing is raised.

    python tools/validator/fuzz_validate.py SECONDS [--reader json|xml] [--seeds FOLDER] [--seed NUMBER] [--keep FOLDER]

Inputs are mutations of the seeds, as bytes and as JSON values. The search is guided by coverage: an input that reaches a new
line of `conformance/fhir`, or draws a new kind of issue, joins the seeds. Besides the shipped profiles there are synthetic ones
of every construct. Exit code 1 when something was raised or took too long; such inputs are kept.
"""

from __future__ import annotations

import argparse
import copy
import random
import re
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import synthetic_profiles

import conformance.fhir
from conformance.cli.definitions import load_edition, open_definitions
from conformance.fhir.formats.json_reader import Document, Limits, looks_like_xml, read_json
from conformance.fhir.formats.json_writer import write_json
from conformance.fhir.formats.xml import NotExpressible, read_xml, to_xml
from conformance.fhir.issues import Issue
from conformance.fhir.rendering import as_json, as_outcome, as_text
from conformance.fhir.terminology.value_sets import OfflineTerminology
from conformance.fhir.validation.validator import Validator

SLOW = 5  # seconds for one input
NOTABLE = 0.3
LARGEST = 200_000
LIMITS = Limits(size=1_000_000)
START = {
    "resourceType": "Bundle",
    "type": "searchset",
    "entry": [
        {"fullUrl": "urn:uuid:a", "resource": {"resourceType": "Patient", "id": "1", "name": [{"given": ["A"], "family": "B"}],
                                               "birthDate": "1970-01-01", "_birthDate": {"id": "x"}}},
        {"resource": {"resourceType": "Slot", "schedule": {"reference": "urn:uuid:a"}, "start": "2018-01-01T10:00:00Z"}},
    ],
}  # fmt: skip
PERSON = {"resourceType": "Patient", "id": "p", "active": True, "gender": "male", "birthDate": "1970-01-01",
          "contained": [{"resourceType": "Location", "id": "l", "name": "x"}, {"resourceType": "Organization", "id": "o"}],
          "contact": [{"gender": "male", "name": {"text": "x"}, "organization": {"reference": "#o"}}],
          "extension": [{"url": synthetic_profiles.BASE + "Ext-deep",
                         "extension": [{"url": "part", "valueCode": "a"}]}]}  # fmt: skip
SLOT = {"resourceType": "Slot", "status": "free", "schedule": {"reference": "Schedule/1"}, "start": "2018-01-01T10:00:00Z",
        "end": "2018-01-01T10:10:00Z"}  # fmt: skip
SLICED: list[dict[str, Any]] = [
    PERSON,
    {"resourceType": "Appointment", "status": "proposed", "contained": [{"resourceType": "Location", "id": "l", "name": "x"}],
     "slot": [{"reference": "Slot/1", "display": "x"}],
     "participant": [{"status": "accepted", "type": [{"coding": [{"code": "a"}]}], "actor": {"reference": "#l"}},
                     {"status": "accepted", "actor": {"reference": "Location/1"}}]},
    {"resourceType": "Bundle", "type": "collection", "link": [{"relation": "self", "url": "http://x.test/"}],
     "entry": [{"fullUrl": "http://x.test/Location/1", "resource": {"resourceType": "Location", "id": "1", "name": "x"}},
               {"fullUrl": "http://x.test/Patient/p", "resource": PERSON},
               {"fullUrl": "urn:uuid:3b241101-e2bb-4255-8caf-4136c566a962", "resource": SLOT}]},
]  # fmt: skip
SYNTHETIC = {generation: synthetic_profiles.urls(generation) for generation in ("dstu2", "stu3")}
VALIDATOR = str(Path(conformance.fhir.__file__ or "").parent)
TOKENS = [
    *(b'{} [] null true -0 1e999 1.50 NaN "" "\\ud800" "\\u0000" "_" \xff \xc3\xa9 \xed\xa0\x80 { [ ] } , : "'.split()),
    *(b"<a> </a> <a/> &amp; &x; &#0; &#55296; ]]> <![CDATA[ <!-- --> <?x?> <!DOCTYPE> xmlns='' xmlns:f='http://hl7.org/fhir'".split()),
    *(b'"resourceType" "contained" "extension" "url" "reference" "#" "value" "id" "div" "profile" "coding"'.split()),
]  # fmt: skip
ODD: list[Any] = [
    None, True, False, 0, -1, 10**30, 1.5, "", " ", "x" * 5000, "\x00", "é\u202e", "#", "#1", "urn:uuid:x", "Patient/1",
    "Patient", "Bundle", "http://hl7.org/fhir/StructureDefinition/Patient", "2018-02-30", "0000-01-01", "9999-12-31T23:59:60Z",
    "9" * 400, "<div xmlns='http://www.w3.org/1999/xhtml'>" + "<p>" * 50, [], {}, [None], [[]], [{}], {"": {}}, {"_": []},
    {"resourceType": "Patient"}, {"resourceType": []}, {"resourceType": "Bundle", "entry": [{}]}, {"url": "x"},
    {"extension": [{"extension": [{"extension": [{}]}]}]}, {"reference": "#"}, {"coding": [{"code": 1}]},
    {"fhir_comments": [1]},
]  # fmt: skip


class HangError(Exception):
    """An input took longer than it may."""


@dataclass(slots=True)
class Fuzz:
    """The loop: its random numbers, its seeds, what the seeds have shown so far, and what went wrong."""

    chance: random.Random
    validators: list[Validator]
    seeds: list[bytes]
    keep: Path
    reader: str | None = None  # json or xml; both where it is None
    lines: set[tuple[str, int]] = field(default_factory=set)
    shown: set[tuple[str, ...]] = field(default_factory=set)
    failures: list[str] = field(default_factory=list)
    runs: int = 0
    slowest: float = 0.0

    def run(self, seconds: float) -> None:
        """Go on for so many seconds, or until twenty different failures are found."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and len(self.failures) < 20:
            data = self.mutant()
            self.runs += 1
            if self.attempt(data) and len(data) <= LARGEST:
                self.seeds.append(data)

    def attempt(self, data: bytes) -> bool:
        """Try one input; True where it showed something new."""
        validator = self.chance.choice(self.validators)
        before = len(self.lines)
        started = time.monotonic()
        _alarm(SLOW)
        tracer = sys.gettrace()
        sys.settrace(self.trace)
        try:
            issues = exercise(data, validator)
        except Exception as error:
            _alarm(0)
            self.note(data, error)
            return False
        finally:
            sys.settrace(tracer)  # coverage, where that is measured
            _alarm(0)
            self.time(data, time.monotonic() - started)
        new = {(issue.code, re.sub(r"\d+", "", issue.path)[:60]) for issue in issues[:200]} - self.shown
        self.shown |= new
        return bool(new) or len(self.lines) > before

    def trace(self, frame: FrameType, *_: object) -> Callable[..., Any] | None:
        """Note the lines of the validator that run; other code is not followed."""
        code = frame.f_code
        if code.co_filename.startswith(VALIDATOR):
            self.lines.add((code.co_filename, frame.f_lineno))
            return self.trace
        return None

    def time(self, data: bytes, seconds: float) -> None:
        """Keep the slowest input: what is slow here may be worse where there is more of it."""
        if seconds > max(self.slowest, NOTABLE):
            self.keep.mkdir(parents=True, exist_ok=True)
            (self.keep / "slowest").write_bytes(data)
        self.slowest = max(self.slowest, seconds)

    def note(self, data: bytes, error: Exception) -> None:
        """Keep an input that failed, once for each place of failure."""
        frame = traceback.extract_tb(error.__traceback__)[-1]
        what = f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}: {str(error)[:200]}"
        if any(known.split(": ")[0] == what.split(": ")[0] for known in self.failures):
            return
        self.keep.mkdir(parents=True, exist_ok=True)
        path = self.keep / f"failure-{len(self.failures) + 1}"
        path.write_bytes(data)
        self.failures.append(what)
        print(f"{what}\n  kept as {path}", flush=True)

    # -- making inputs ---------------------------------------------------------------------------------------------

    def mutant(self) -> bytes:
        data = self.chance.choice(self.seeds)
        if self.reader:
            data = self.in_form(data)
        if self.chance.random() < 0.6 and not looks_like_xml(data):
            value = read_json(data, LIMITS).value
            if isinstance(value, dict | list):
                return self.as_bytes(self.mutated_value(copy.deepcopy(value)))
        for _ in range(self.chance.choice([1, 1, 2, 4])):
            data = self.mutated_bytes(data)
        return data

    def in_form(self, data: bytes) -> bytes:
        """A seed in the form that is tried, where it has one."""
        if looks_like_xml(data) == (self.reader == "xml"):
            return data
        return next((one for one in self.chance.sample(self.seeds, len(self.seeds)) if self.fits(one)), data)

    def fits(self, data: bytes) -> bool:
        return looks_like_xml(data) == (self.reader == "xml")

    def as_bytes(self, value: Any) -> bytes:
        share = {"json": 0.0, "xml": 1.0}.get(self.reader or "", 0.4)
        if isinstance(value, dict) and self.chance.random() < share:
            try:
                return to_xml(value, self.chance.choice(self.validators).definitions)
            except NotExpressible:
                pass
        return write_json(value)

    def mutated_value(self, value: Any) -> Any:
        for _ in range(self.chance.choice([1, 1, 2, 5])):
            holders = [node for node in nodes(value) if node]
            if not holders:
                return value
            self.change(self.chance.choice(holders), holders)
        return value

    def change(self, holder: Any, holders: list[Any]) -> None:
        key = self.chance.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
        action = self.chance.randrange(6)
        if action == 0:
            del holder[key]
        elif action == 1:
            holder[key] = copy.deepcopy(self.chance.choice(holders))
        elif action == 2:
            holder[key] = [holder[key]]
        elif action == 3 and isinstance(holder, dict):
            other = self.chance.choice([one for node in holders if isinstance(node, dict) for one in node] or ["x"])
            holder[self.chance.choice(["", "_"]) + other] = holder[key]
        elif action == 4 and isinstance(holder, list) and len(holder) < 200:
            holder.extend(copy.deepcopy(holder[: self.chance.randrange(1, 20)]))
        else:
            holder[key] = copy.deepcopy(self.chance.choice(ODD))

    def mutated_bytes(self, data: bytes) -> bytes:
        if not data:
            return self.chance.choice(TOKENS)
        at = self.chance.randrange(len(data) + 1)
        to = min(len(data), at + self.chance.choice([1, 2, 8, 64, 512]))
        changes: list[Callable[[], bytes]] = [
            lambda: data[:at] + data[to:],
            lambda: data[:at] + data[at:to] * self.chance.choice([2, 3, 50]) + data[to:],
            lambda: data[:at] + self.chance.choice(TOKENS) + data[at:],
            lambda: data[:at] + self.chance.choice(TOKENS) * self.chance.choice([3, 300]) + data[to:],
            lambda: data[:at] + self.chance.randbytes(self.chance.choice([1, 4])) + data[to:],
            lambda: data[:at] + (other := self.chance.choice(self.seeds))[self.chance.randrange(len(other) + 1) :],
        ]
        return self.chance.choice(changes)()[: 4 * LARGEST]


def nodes(value: Any) -> list[Any]:
    """Every object and list of a value."""
    found, waiting = [], [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict | list):
            found.append(node)
            waiting.extend(node.values() if isinstance(node, dict) else node)
    return found


def exercise(data: bytes, validator: Validator) -> list[Issue]:
    """All that the commands do with an input, and the way to XML and back."""
    document = read(data, validator)
    kind = document.value.get("resourceType") if isinstance(document.value, dict) else None
    synthetic = [url for type_name, url in SYNTHETIC[validator.definitions.generation] if type_name == kind]
    for url in synthetic[:: len(synthetic) // 3 or 1]:
        validator.validate_document(document, [url])
    issues = validator.validate_document(document)
    as_text("input", issues).encode("utf-8")
    write_json(as_json("input", issues))
    generation = validator.definitions.generation
    outcome = as_outcome(issues[:50], generation)
    if any(one.is_error for one in validator.validate(outcome)):
        raise AssertionError("our own OperationOutcome does not conform: " + str(validator.validate(outcome)[0]))
    if isinstance(document.value, dict):
        try:
            text = to_xml(document.value, validator.definitions)
        except NotExpressible:
            return issues
        again = read_xml(text, validator.definitions, LIMITS)
        if again.value is None and "too-deep" not in {one.code for one in again.problems}:
            raise AssertionError("our own XML is not readable: " + again.problems[-1].message)
        if again.value != document.value and not issues and b"fhir_comments" not in data:
            raise AssertionError("a sound resource does not come back from XML as it was")
    return issues


def read(data: bytes, validator: Validator) -> Document:
    if looks_like_xml(data):
        return read_xml(data, validator.definitions, LIMITS)
    return read_json(data, LIMITS)


def validator_of(edition: str) -> Validator:
    """The shipped definitions of an edition, and the synthetic profiles."""
    definitions = open_definitions(load_edition(edition))
    for structure in synthetic_profiles.profiles(definitions.generation):
        definitions.add(structure)
    return Validator(definitions, terminology=OfflineTerminology(definitions))


def first_seeds(validators: list[Validator]) -> list[bytes]:
    """The start in JSON and XML, and one resource for each type that a synthetic profile is about."""
    return [
        form for value in (START, *SLICED) for form in (write_json(value), to_xml(value, validators[-1].definitions))
    ]


def _alarm(seconds: int) -> None:
    """Interrupt this process after so many seconds of its own time (0: not at all), where the system can."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _hang(*_: Any) -> None:
    raise HangError(f"took more than {SLOW} seconds")


def main() -> int:
    parser = argparse.ArgumentParser(description="Fuzz the readers and the validator.")
    parser.add_argument("seconds", type=float)
    parser.add_argument("--reader", choices=["json", "xml"], help="try one form only")
    parser.add_argument("--seeds", type=Path, help="folder of JSON and XML examples to start from")
    parser.add_argument("--seed", type=int, default=1, help="of the random numbers")
    parser.add_argument("--keep", type=Path, default=Path("reports/fuzz"), help="where inputs that failed are kept")
    chosen = parser.parse_args()
    if hasattr(signal, "SIGPROF"):
        signal.signal(signal.SIGPROF, _hang)
    validators = [validator_of(name) for name in ("dstu2", "stu3")]
    seeds = first_seeds(validators)
    if chosen.seeds:
        seeds += [path.read_bytes() for path in sorted(chosen.seeds.rglob("*")) if path.suffix in (".json", ".xml")]
    fuzz = Fuzz(random.Random(chosen.seed), validators, seeds, chosen.keep, chosen.reader)
    fuzz.run(chosen.seconds)
    print(f"{fuzz.runs} inputs, {len(fuzz.seeds)} seeds at the end, {len(fuzz.lines)} lines reached, "
          f"{len(fuzz.shown)} kinds of issue by place, "
          f"slowest {fuzz.slowest:.2f} s, {len(fuzz.failures)} failures")  # fmt: skip
    return 1 if fuzz.failures else 0


if __name__ == "__main__":
    sys.exit(main())
