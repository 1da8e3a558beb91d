"""Measures validation against `json.loads` on the same bytes, and prints ratios of CPU time.

    python tools/validator/bench_validator.py [--entries 500] [--json]

A searchset of Appointments is made (every one different), validated fully: base types, profiles, bindings, invariants,
references. The first validation, which compiles the definitions, is reported apart.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from conformance.fhir.definitions.store import Definitions
from conformance.fhir.terminology.value_sets import OfflineTerminology
from conformance.fhir.validation.validator import Validator

PROFILES = Path(__file__).resolve().parents[2] / "profiles"
BASE = "https://fhir.nhs.uk/STU3"


def appointment(number: int) -> dict[str, Any]:
    """One STU3 appointment as a provider would send it; no two are alike."""
    start = datetime(2026, 1, 5, 9, 0, tzinfo=UTC) + timedelta(minutes=10 * number)
    extension = f"{BASE}/StructureDefinition/Extension-GPConnect-"
    role = {
        "system": f"{BASE}/CodeSystem/CareConnect-SDSJobRoleName-1",
        "code": "R0260",
        "display": "General Medical Practitioner",
    }
    return {
        "resourceType": "Appointment",
        "id": str(number),
        "meta": {"versionId": str(1000 + number), "profile": [f"{BASE}/StructureDefinition/GPConnect-Appointment-1"]},
        "contained": [
            {
                "resourceType": "Organization",
                "id": "1",
                "meta": {"profile": [f"{BASE}/StructureDefinition/CareConnect-GPC-Organization-1"]},
                "identifier": [{"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": f"A{number:05d}"}],
                "name": f"Practice number {number}",
                "telecom": [{"system": "phone", "value": f"0113 {number:07d}"}],
            }
        ],
        "extension": [
            {"url": extension + "BookingOrganisation-1", "valueReference": {"reference": "#1"}},
            {"url": extension + "PractitionerRole-1", "valueCodeableConcept": {"coding": [role]}},
            {"url": extension + "DeliveryChannel-2", "valueCode": "In-person"},
        ],
        "status": "booked",
        "serviceCategory": {"text": "General GP appointments"},
        "serviceType": [{"text": "Routine"}],
        "description": f"Appointment number {number}",
        "start": start.isoformat(),
        "end": (start + timedelta(minutes=10)).isoformat(),
        "slot": [{"reference": f"Slot/{number}"}],
        "created": "2025-12-24T08:30:00+00:00",
        "comment": f"Comment of appointment {number}",
        "participant": [
            {"actor": {"reference": f"Patient/{number % 50}"}, "status": "accepted"},
            {"actor": {"reference": "Location/17"}, "status": "accepted"},
            {"actor": {"reference": f"Practitioner/{number % 7}"}, "status": "accepted"},
        ],
    }


def searchset(entries: int) -> bytes:
    """The bytes of a searchset with that many appointments."""
    listed = [
        {"fullUrl": f"https://provider.example/Appointment/{n}", "resource": appointment(n)} for n in range(entries)
    ]
    profile = f"{BASE}/StructureDefinition/GPConnect-Searchset-Bundle-1"
    return json.dumps(
        {"resourceType": "Bundle", "meta": {"profile": [profile]}, "type": "searchset", "entry": listed}
    ).encode()


def cpu(work: Callable[[], object], repeat: int) -> float:
    """Median CPU seconds of a piece of work."""
    times = []
    for _ in range(repeat):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return statistics.median(times)


def new_validator() -> Validator:
    """A validator over the shipped definitions, as the command line makes one."""
    definitions = Definitions("stu3").open(PROFILES / "stu3")
    return Validator(definitions, terminology=OfflineTerminology(definitions))


def measure(entries: int, repeat: int) -> dict[str, Any]:
    """Ratios for one size of searchset."""
    data = searchset(entries)
    value = json.loads(data, parse_float=Decimal)
    validator = new_validator()
    started = time.process_time()
    issues = validator.validate(value)
    first = time.process_time() - started
    parse = cpu(lambda: json.loads(data), repeat)
    check = cpu(lambda: validator.validate(value), repeat)
    return {
        "entries": entries,
        "bytes": len(data),
        "issues": len(issues),
        "json_loads_ms": round(parse * 1000, 2),
        "validate_ms": round(check * 1000, 2),
        "ratio": round(check / parse, 2),
        "first_validation_ms": round(first * 1000, 1),
        "microseconds_per_entry": round(check / entries * 1e6, 1),
    }


def cold_start() -> float:
    """Seconds of a new process that validates one appointment, all imports included."""
    code = (
        "import json,sys;sys.path.insert(0,'tools/validator');import bench_validator as b;"
        "b.new_validator().validate(json.loads(json.dumps(b.appointment(1))))"
    )
    times = []
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, cwd=PROFILES.parent)
        times.append(time.perf_counter() - start)
    return round(min(times), 3)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=500)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rows = [measure(arguments.entries, 9), measure(arguments.entries * 20, 3)]
    linear = rows[1]["microseconds_per_entry"] / rows[0]["microseconds_per_entry"]
    result = {"rows": rows, "growth_per_entry_at_20_times": round(linear, 2), "cold_start_s": cold_start()}
    if arguments.json:
        print(json.dumps(result))
        return
    for row in rows:
        print(
            "validate {entries} appointments: {validate_ms} ms, json.loads {json_loads_ms} ms, ratio {ratio}; ".format(
                **row
            )
            + "first {first_validation_ms} ms, {microseconds_per_entry} us an entry, {issues} issues".format(**row)
        )
    print(f"cost of an entry at 20 times the size: {result['growth_per_entry_at_20_times']} times")
    print(f"cold start: {result['cold_start_s']} s")


if __name__ == "__main__":
    main()
