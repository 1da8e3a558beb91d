"""What `validate` does with each input: reads it, finds its edition, checks it; many large files in several processes."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.cli.definitions import guess_edition, load_edition, open_definitions
from conformance.cli.validate_inputs import Input, read
from conformance.core.errors import AssureError, InternalError, UsageError
from conformance.fhir.formats.json_reader import Limits, looks_like_xml
from conformance.fhir.issues import Issue, Severity, Verdict, verdict_of
from conformance.spec import DEFAULT as DEFAULT_EDITION
from conformance.spec import conceded

if TYPE_CHECKING:
    from conformance.fhir.formats.json_reader import Document
    from conformance.fhir.validation.validator import Report, Validator

PARALLEL_SIZE = 4 * 1024 * 1024  # bytes of all files from which more processes than one are worth their start
MOST_PROCESSES = 8


@dataclass(frozen=True, slots=True)
class Settings:
    """The options of a call that decide what an input is checked against."""

    edition: str | None
    profiles: tuple[str, ...]
    added: tuple[Path, ...]
    limits: Limits


@dataclass(frozen=True, slots=True)
class Checked:
    """One input after validation: its name, FHIR generation, issues, and the definitions that were applied.

    `applied` is None where the input could not be read. `note` says why an input has no verdict: "edition" for one whose
    edition cannot be determined, "no resource" for a file of a folder that is no FHIR resource.
    """

    name: str
    generation: str
    issues: list[Issue]
    applied: tuple[str, ...] | None = None
    profiles: tuple[str, ...] = ()
    note: str = ""

    @property
    def verdict(self) -> Verdict:
        """What its issues come to."""
        return verdict_of(self.issues)


@dataclass(slots=True)
class Bench:
    """Checks inputs one after the other, with a validator for each edition met."""

    settings: Settings
    _validators: dict[str, Validator] = field(default_factory=dict)

    def check(self, one: Input) -> Checked:
        """Read and validate one input. Raises AssureError; a breakdown of ours is an InternalError."""
        try:
            data = read(one, self.settings.limits)
            if isinstance(data, Issue):
                return Checked(one.name, _any_generation(), [data])
            return self._check(one, data)
        except AssureError:
            raise
        except Exception as error:
            # Whatever the content, a crash is ours: never an exit code that speaks of the content.
            message = f"{one.name}: validation broke down ({type(error).__name__}: {error})"
            raise InternalError(message, fix="This is a fault of gpconnect-assure; please report it.") from error

    def validator(self, name: str) -> Validator:
        """The validator of an edition. Raises UsageError where a profile requested is unknown."""
        if name not in self._validators:
            from conformance.fhir.terminology.value_sets import OfflineTerminology
            from conformance.fhir.validation.validator import Validator

            definitions = open_definitions(load_edition(name), self.settings.added)
            for profile in self.settings.profiles:
                if not definitions.has_structure(profile):
                    known = [url for url, _, _ in definitions.all()]
                    raise UsageError(f"no profile {profile} is loaded for {name}", fix=_suggest(profile, known))
            self._validators[name] = Validator(definitions, terminology=OfflineTerminology(definitions))
        return self._validators[name]

    def _check(self, one: Input, data: bytes) -> Checked:
        edition = (
            self.settings.edition or guess_edition(data) or guess_edition("\n".join(self.settings.profiles).encode())
        )
        document = self._read(data, edition)
        if one.in_folder and document.readable and not _is_resource(document):
            return Checked(one.name, _any_generation(), [], note="no resource")
        if edition is None:
            note = "edition" if document.readable else ""
            return Checked(one.name, _any_generation(), document.problems, note=note)
        validator = self.validator(edition)
        report = validator.check_document(document, self.settings.profiles)
        return _checked(one, edition, validator, report)

    def _read(self, data: bytes, edition: str | None) -> Document:
        """XML is read by the definitions of some edition; JSON needs none."""
        if looks_like_xml(data):
            return self.validator(edition or DEFAULT_EDITION).read(data, self.settings.limits)
        from conformance.fhir.formats.json_reader import read_json

        return read_json(data, self.settings.limits)


def _checked(one: Input, edition: str, validator: Validator, report: Report) -> Checked:
    issues = [_weighed(issue, edition) for issue in report.issues]
    applied = report.applied if report.readable else None
    return Checked(one.name, validator.definitions.generation, issues, applied, report.profiles)


def _is_resource(document: Document) -> bool:
    """False for JSON without a resourceType and for XML of another namespace: other people's files, found in a folder."""
    kind = document.value.get("resourceType") if isinstance(document.value, dict) else None
    foreign = any(problem.code == "wrong-namespace" and not problem.pointer for problem in document.problems)
    return isinstance(kind, str) and not (document.format == "xml" and foreign)


def _weighed(issue: Issue, edition: str) -> Issue:
    """An issue as a run weighs it: what the pages of the edition show is no error, and the message says so."""
    concession = conceded(issue, load_edition(edition)) if issue.is_error else None
    if concession is None:
        return issue
    severity = Severity.WARNING if concession.warns else Severity.INFORMATION
    return replace(issue, severity=severity, message=f"{issue.message} Accepted: {concession.because}")


def _any_generation() -> str:
    """The FHIR generation of the OperationOutcome about an input whose own cannot be determined."""
    return load_edition(DEFAULT_EDITION).generation


def _suggest(profile: str, known: Sequence[str]) -> str:
    by_name = {url.rpartition("/")[2].casefold(): url for url in known}
    close = difflib.get_close_matches(profile.rpartition("/")[2].casefold(), by_name, n=1, cutoff=0.7)
    also = "`gpconnect-assure profiles list` shows them all."
    return f"Did you mean {by_name[close[0]]}? {also}" if close else also


# -- several processes -------------------------------------------------------------------------------------------------


def check_all(inputs: Sequence[Input], settings: Settings) -> Iterator[Checked]:
    """Each input checked, in order. Raises AssureError of the first that cannot be checked."""
    processes = _processes(inputs)
    if processes < 2:
        bench = Bench(settings)
        yield from (bench.check(one) for one in inputs)
        return
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    spawn = get_context("spawn")  # the same on every system, and safe beside threads
    try:
        with ProcessPoolExecutor(processes, mp_context=spawn, initializer=_start, initargs=(settings,)) as pool:
            for found in pool.map(_work, inputs):
                if isinstance(found, _Failure):
                    raise found.as_error()
                yield found
    except BrokenProcessPool as error:
        raise InternalError(
            "a process that validates ended unexpectedly", fix="Validate fewer files at once."
        ) from error


def _processes(inputs: Sequence[Input]) -> int:
    """How many processes these inputs are worth: one, unless there are several regular files of some size together."""
    if any(not one.size for one in inputs) or sum(one.size for one in inputs) < PARALLEL_SIZE:
        return 1
    return min(len(inputs), os.cpu_count() or 1, MOST_PROCESSES)


@dataclass(frozen=True, slots=True)
class _Failure:
    """An AssureError as it crosses from one process to another."""

    kind: type[AssureError]
    message: str
    fix: str

    def as_error(self) -> AssureError:
        return self.kind(self.message, fix=self.fix)


_BENCH: list[Bench] = []  # of this process, where it is one of several


def _start(settings: Settings) -> None:
    _BENCH.append(Bench(settings))


def _work(one: Input) -> Checked | _Failure:
    try:
        return _BENCH[0].check(one)
    except AssureError as error:
        return _Failure(type(error), error.message, error.fix)
