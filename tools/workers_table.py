"""Tables whether runs with workers, and merged shards, come to what a serial run comes to: verdicts, finding codes and causes.

    python tools/workers_table.py --edition stu3 --workers 2 4 8                 # the whole suite, a provider without faults
    python tools/workers_table.py --edition stu3 --workers 2 4 8 --pack core --faults 25 --together
    python tools/workers_table.py --edition stu3 --workers 4 --faults 25         # a sample of so many faults, each alone
    python tools/workers_table.py --edition stu3 --workers --shards 3 --rejudge  # three shards, merged; each run judged again

With a fault alone the scenarios are those that name it, and a sample of the others, so that workers have something to do. The
exit code is 1 where anything differs.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance.causes import causes_of
from conformance.config.bundled import people
from conformance.core.resources import data_path
from conformance.core.results import RunResult
from conformance.engine.collection import collect
from conformance.evidence.reader import read_evidence
from conformance.provider.faults import faults_of
from conformance.provider.server_thread import Running, start
from conformance.rejudging.run import rejudge
from conformance.spec import editions, load

SEED, OTHERS = 19, 20


@dataclass(frozen=True)
class Came:
    """What a run came to, in what does not hang on chance: by scenario its verdict and finding codes, and the causes."""

    scenarios: dict[str, tuple[str, tuple[str, ...]]]
    causes: dict[str, tuple[str, ...]]
    code: int
    seconds: float


def came(result: RunResult, code: int, seconds: float) -> Came:
    """Return what a run came to."""
    rows = {
        one.id: (one.verdict.value, tuple(sorted({found.code for found in one.findings}))) for one in result.scenarios
    }
    causes = {one.id: tuple(sorted(one.scenarios)) for one in causes_of(result)}
    return Came(rows, causes, code, seconds)


def shards(provider: Running, edition: str, folder: Path, choice: Sequence[str], number: int) -> Came:
    """Run so many shards of the suite, one after the other, and merge them."""
    began, parts = time.monotonic(), [folder.with_name(f"shard-{place}-of-{number}") for place in range(1, number + 1)]
    for place, part in enumerate(parts, 1):
        run(provider, edition, part, [*choice, "--shard", f"{place}/{number}"], 1)
    words = ["merge", *map(str, parts), "--out", str(folder), "--no-html"]
    done = subprocess.run([sys.executable, "-m", "conformance", *words], capture_output=True, text=True, check=False)
    if not (folder / "results.json").exists():
        raise SystemExit(f"no merged run of {edition}:\n{done.stdout}{done.stderr}")
    return came(read_evidence(folder), done.returncode, time.monotonic() - began)


def run(provider: Running, edition: str, folder: Path, choice: Sequence[str], workers: int) -> Came:
    """Run the suite, or what the options in `choice` take of it, through the command line."""
    ended = folder.with_suffix(".ended")
    if ended.exists():
        code, seconds = ended.read_text(encoding="utf-8").split()
        return came(read_evidence(folder), int(code), float(seconds))
    provider.reset()
    settings = {"edition": edition, "provider.base_url": provider.base_url, **people()}
    began = time.monotonic()
    done = subprocess.run(
        [
            *(sys.executable, "-m", "conformance", "run", "--config", str(data_path("config.example.yaml"))),
            *("--out", str(folder), "--no-html", "--workers", str(workers)),
            *choice,
            *(part for key, value in settings.items() for part in ("--set", f"{key}={value}")),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if not (folder / "results.json").exists():
        raise SystemExit(f"no results of {edition} with {workers} workers:\n{done.stdout}{done.stderr}")
    ended.write_text(f"{done.returncode} {time.monotonic() - began}", encoding="utf-8")
    return came(read_evidence(folder), done.returncode, time.monotonic() - began)


def differences(serial: Came, other: Came) -> Iterator[str]:
    """Yield what differs, a line each."""
    for name in sorted(serial.scenarios.keys() | other.scenarios.keys()):
        one, two = serial.scenarios.get(name), other.scenarios.get(name)
        if one != two:
            yield f"{name}: {one} alone, {two} with workers"
    for name in sorted(serial.causes.keys() | other.causes.keys()):
        if serial.causes.get(name) != other.causes.get(name):
            yield f"cause {name}: {serial.causes.get(name)} alone, {other.causes.get(name)} with workers"
    if serial.code != other.code:
        yield f"exit code: {serial.code} alone, {other.code} with workers"


def chosen(edition: str, fault: str) -> list[str]:
    """The options that choose the scenarios that a fault is tried on."""
    cases = [entry.case for entry in collect() if entry.case.runs_in(edition)]
    naming = [case.id for case in cases if fault in case.fault_ids(edition)]
    others = [case.id for case in cases if case.id not in naming and not case.judges_all_responses]
    names = naming + random.Random(f"{SEED} {fault}").sample(others, min(OTHERS, len(others)))
    return [part for name in names for part in ("--id", name)]


def judged_again(folder: Path) -> tuple[str, list[str]]:
    """Judge a run again; return in a word whether that is equal, and what differs."""
    again = rejudge(folder)
    lines = [f"judged again: {name}" for name in (*again.differing, *again.missing)]
    return (", judged again: equal" if not lines else f", judged again: {len(lines)} DIFFER"), lines


Way = tuple[str, Callable[[Running, str, Path, Sequence[str], int], Came], int]


def table(
    edition: str, faults: Sequence[str], ways: Sequence[Way], choice: Sequence[str], *, again: bool, keep: Path | None
) -> int:
    """Print a line for each way to play the suite; return how many runs differed. Runs in `keep` are not repeated."""
    differing = 0
    what = faults[0] if len(faults) == 1 else f"{len(faults) or 'no'} faults"
    with start(load(edition), faults=faults) as provider, tempfile.TemporaryDirectory() as own:
        kept = keep / f"{edition}-{'-'.join(faults)[:60] or 'clean'}" if keep else Path(own)
        kept.mkdir(parents=True, exist_ok=True)
        serial = run(provider, edition, kept / "serial", choice, 1)
        for name, play, count in [("run alone", run, 1), *ways] if again else ways:
            folder = kept / ("serial" if name == "run alone" else f"{name}-{count}")
            other = play(provider, edition, folder, choice, count)
            found = list(differences(serial, other))
            said, lines = judged_again(folder) if again else ("", [])
            differing += bool(found or lines)
            failed = sum(verdict == "fail" for verdict, _ in serial.scenarios.values())
            print(
                f"{edition:6} {what:44} {count:2} {name:9} {len(serial.scenarios):5} scenarios {failed:3} fail "
                f"{len(serial.causes):3} causes {'equal' if not found else f'{len(found)} DIFFER'}{said} "
                f"({serial.seconds:.0f} s alone, {other.seconds:.0f} s)",
                flush=True,
            )
            for line in (*found[:20], *lines[:20]):
                print(f"    {line}", flush=True)
    return differing


def main() -> int:
    """Run the tool."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edition", choices=editions(), action="append")
    parser.add_argument("--workers", type=int, nargs="*", default=[2, 4, 8])
    parser.add_argument("--shards", type=int, nargs="*", default=[], help="so many shards, merged")
    parser.add_argument("--rejudge", action="store_true", help="also judge each run again")
    parser.add_argument("--faults", type=int, default=0, help="so many faults in place of none")
    parser.add_argument("--keep", type=Path, help="a folder in which runs are kept, and not repeated")
    parser.add_argument("--part", default="1/1", help="which part of the faults: 2/5 is the second fifth")
    parser.add_argument("--together", action="store_true", help="all faults at the same time")
    parser.add_argument("--pack", help="only the scenarios of a pack")
    parser.add_argument("--id", action="append", default=[], help="only these scenarios")
    given = parser.parse_args()
    differing = 0
    ways: list[Way] = [("workers", run, count) for count in given.workers]
    ways += [("shards", shards, count) for count in given.shards]
    for edition in given.edition or editions():
        part, parts = map(int, given.part.split("/"))
        faults = random.Random(SEED).sample(sorted(faults_of(edition)), given.faults)[part - 1 :: parts]
        if given.together or not faults:
            choice = [
                *(["--pack", given.pack] if given.pack else []),
                *(x for name in given.id for x in ("--id", name)),
            ]
            differing += table(edition, faults, ways, choice, again=given.rejudge, keep=given.keep)
        else:
            for fault in faults:
                differing += table(edition, [fault], ways, chosen(edition, fault), again=given.rejudge, keep=given.keep)
    print("equal" if not differing else f"{differing} runs differ")
    return bool(differing)


if __name__ == "__main__":
    sys.exit(main())
