"""`gpconnect-assure init`: a configuration from a few answers, filled in with what the provider shows."""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from conformance.cli.prompts import Asker, asid, checked, file, fits, nhs_number, ods, service_root, slot
from conformance.cli.shared_options import edition_option
from conformance.core.errors import ExitCode, TargetError, UsageError
from conformance.readiness.answers import Answers, as_yaml, gap_lines, read_people

if TYPE_CHECKING:
    from conformance.config.model import Config
    from conformance.readiness.discovery import Found

PASSWORD = "GPC_KEY_PASSWORD"  # noqa: S105 - the name of a variable
_ABOUT = {
    "no-appointments": "who has no appointments, past or future",
    "temporary": "registered as a temporary patient",
    "dissent": "who has refused the sharing of records",
    "inactive": "who has left the practice",
    "deceased": "who has died",
    "sensitive": "with a sensitive record",
}
_HIDDEN = ("inactive", "deceased", "sensitive")
_APPOINTMENTS = {
    "past": "that began before today",
    "earlier_today": "of today whose time has passed",
    "own_system": "of tomorrow or later, in a slot that is not open to GP Connect",
    "sensitive": "of tomorrow or later, of the sensitive patient",
}


@click.command(name="init")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("gpconnect.yaml"),
    show_default=True,
    help="The file to write.",
)
@click.option("--force", is_flag=True, help="Replace the file where it is there.")
@click.option("--example", is_flag=True, help="Print the example configuration, with every key, and end.")
@click.option("--no-input", is_flag=True, help="Ask nothing: take what the options say.")
@edition_option("Edition of the specification; found at the provider when left out.")
@click.option("--base-url", help="Service root of the provider, as in the Spine Directory Service.")
@click.option("--provider-asid", help="ASID of the provider, twelve digits.")
@click.option("--provider-ods", help="ODS code of the practice.")
@click.option("--consumer-asid", help="ASID of the consumer that is played, twelve digits.")
@click.option("--consumer-ods", help="ODS code of the organisation that asks and books.")
@click.option("--may-write", is_flag=True, default=None, help="It is a test system, and runs may write to it.")
@click.option("--ca", help="Authorities that the provider's certificate is checked against (PEM).")
@click.option("--certificate", help="Client certificate: PEM or PKCS#12.")
@click.option("--key", help="Its key (PEM), where it is in a file of its own.")
@click.option(
    "--bad-certificates", help="Folder of client certificates that must be refused, named as by `certs make`."
)
@click.option(
    "--patient", "patients", multiple=True, metavar="NUMBER", help="NHS number of a patient to book for. Repeat it."
)
@click.option(
    "--role", "roles", multiple=True, metavar="ROLE=NUMBER[:ID]", help="A patient with another role. Repeat it."
)
@click.option("--people", type=click.Path(path_type=Path), help="CSV file of more people: patients and registrations.")
def command(out: Path, force: bool, example: bool, no_input: bool, people: Path | None, **given: Any) -> int:
    """Write a configuration: asks what nobody can know, and finds the rest at the provider.

    Options answer prompts in advance. The password of a key is read from the environment variable GPC_KEY_PASSWORD, or is
    asked for, and is never written. Nothing is changed at the provider.
    """
    if example:
        from conformance.core.resources import data_path

        text = data_path("config.example.yaml").read_text(encoding="utf-8")
        click.echo(text.replace(" fixtures/", f" {data_path('fixtures').as_posix()}/"), nl=False)
        return ExitCode.CONFORMANT
    _check_out(out, force)
    asker = Asker(asks=not no_input)
    answers = Answers()
    _ask_places(asker, answers, given)
    _ask_certificates(asker, answers, given)
    _ask_patients(asker, answers, given, people)
    return _Writing(asker, answers, out, given).write()


def _check_out(out: Path, force: bool) -> None:
    if out.exists() and (out.is_dir() or not force):
        raise UsageError(f"{out} is there already", fix="Choose another file with --out, or --force to replace it.")
    if not out.absolute().parent.is_dir():
        raise UsageError(f"there is no folder {out.absolute().parent}", fix="Make it first, or choose another --out.")


# The prompts, in order


def _ask_places(asker: Asker, answers: Answers, given: dict[str, Any]) -> None:
    answers.base_url = asker.must("base-url", "Base URL of the provider", given["base_url"], service_root)
    guess = next(filter(re.compile(r"[A-Z][A-Z0-9]{2,11}").fullmatch, urlsplit(answers.base_url).path.split("/")), "")
    answers.provider_asid = asker.must("provider-asid", "ASID of the provider", given["provider_asid"], asid)
    answers.provider_ods = asker.must("provider-ods", "ODS code of the practice", given["provider_ods"], ods, guess)
    answers.consumer_asid = asker.must("consumer-asid", "ASID of the consumer to play", given["consumer_asid"], asid)
    answers.consumer_ods = asker.must("consumer-ods", "ODS code of the consumer", given["consumer_ods"], ods)
    from conformance.planning.permission import is_loopback

    answers.may_write = bool(given["may_write"])
    if not answers.may_write and not is_loopback(answers.base_url) and asker.asks:
        question = "Is this a test system that runs may write to: book, cancel, register? yes or no"
        said = asker.must(
            "may-write", question, None, lambda value: fits(value.lower(), "y|yes|n|no", "yes or no"), "no"
        )
        answers.may_write = said.startswith("y")


def _ask_certificates(asker: Asker, answers: Answers, given: dict[str, Any]) -> None:
    if not answers.base_url.startswith("https:"):
        return
    answers.ca = asker.may("File of the authorities that issue the provider's certificate", given["ca"], file)
    answers.certificate = asker.may("Client certificate, PEM or PKCS#12", given["certificate"], file)
    if not answers.certificate:
        return
    from conformance.tls.client_files import is_pkcs12

    packed = is_pkcs12(Path(answers.certificate))
    if not packed:
        answers.key = asker.may("Key of the certificate, where it is in a file of its own", given["key"], file)
    if packed or b"ENCRYPTED" in Path(answers.key or answers.certificate).read_bytes():
        answers.has_password = True
        if PASSWORD not in os.environ and asker.asks:
            os.environ[PASSWORD] = asker.may(f"Password of the key, for now; later from ${PASSWORD}")
    folder = "Folder of client certificates that must be refused, named as by `certs make`"
    answers.bad_certificates = asker.may(folder, given["bad_certificates"], file)


def _ask_patients(asker: Asker, answers: Answers, given: dict[str, Any], people: Path | None) -> None:
    for number in given["patients"]:
        answers.patient(checked("--patient", number, nhs_number), "bookable")
    for text in given["roles"]:
        role, _, rest = text.partition("=")
        number, _, logical_id = rest.partition(":")
        if role not in (*_ABOUT, "bookable", "spare"):
            raise UsageError(f"--role: there is no role {role!r}", fix=f"Known: bookable, spare, {', '.join(_ABOUT)}.")
        answers.patient(checked("--role", number, nhs_number), role, logical_id)
    if people:
        read_people(people, answers)
    if not asker.asks:
        if not answers.patients:
            raise UsageError(
                "--patient is needed", fix="Name at least one test patient; two make all scenarios possible."
            )
        return
    while not given["patients"]:
        bookable = sum("bookable" in row["roles"] for row in answers.patients)
        text = f"NHS number of test patient {bookable + 1} to book for"
        number = asker.may(text, None, nhs_number) if bookable else asker.must("patient", text, None, nhs_number)
        if not number:
            break
        answers.patient(number, "bookable")


class _Writing:
    """From the answers to the file: finds the edition and the rest, offers what would add scenarios, writes."""

    def __init__(self, asker: Asker, answers: Answers, out: Path, given: dict[str, Any]) -> None:
        self._asker, self._answers, self._out, self._given = asker, answers, out, given
        self._found: list[str] = []

    def write(self) -> int:
        """Write the file and return the exit code: 3 where the provider could not be looked at."""
        from conformance.spec import DEFAULT

        trouble: TargetError | None = None
        self._answers.edition = self._given["edition"] or DEFAULT
        try:
            self._look()
        except TargetError as error:
            trouble = error
        self._offer()
        gaps = self._gaps()
        text = as_yaml(self._answers, self._found or ["nothing: it could not be looked at"], gaps)
        self._out.write_text(text, encoding="utf-8")
        click.echo(f"\nWritten: {self._out}")
        if trouble:
            raise TargetError(
                f"{trouble.message}\n  {self._out} holds your answers; nothing was found for it", fix=trouble.fix
            )
        if gaps:
            click.echo("So many scenarios are not tested for want of")
        for line in gaps:
            click.echo(f"  {line}")
        click.echo(f"Next: gpconnect-assure check --config {self._out}")
        return ExitCode.CONFORMANT

    def _config(self) -> Config:
        """The configuration of the answers so far, read as a run would read it."""
        from conformance.config.loading import load_config

        draft = self._out.absolute().with_name(f".{self._out.name}.draft")
        draft.write_text(as_yaml(self._answers), encoding="utf-8")
        try:
            return load_config(draft)
        except UsageError as error:
            raise UsageError(error.message.replace(str(draft), "the answers"), fix="Answer those anew.") from None
        finally:
            draft.unlink(missing_ok=True)

    def _look(self) -> None:
        from conformance.engine.preflight import preflight
        from conformance.engine.session import Session

        self._find_edition()
        session = Session(self._config())
        session.read_only = True
        try:
            list(preflight(session, ()))
            self._find(session)
        finally:
            session.close()

    def _find_edition(self) -> None:
        """Take the edition whose capability statement is served, where none was named."""
        from conformance.engine.preflight import served_edition
        from conformance.engine.session import Session

        if self._given["edition"]:
            return
        session = Session(self._config())
        try:
            self._answers.edition = served_edition(session) or self._answers.edition
        finally:
            session.close()

    def _find(self, session: Any) -> None:
        from conformance.readiness.discovery import declared, discover, missing

        statement = session.environment.ask(session.requests.capability())
        kinds = sorted(kind for kind in declared(statement) if kind)
        self._say(f"edition {session.edition.name}; declared: {', '.join(kinds) or 'no interactions'}")
        found = discover(session, missing(session.config))
        self._take(found)
        self._say_patients(session)

    def _take(self, found: Found) -> None:
        """Write down what was found, as values and as comments."""
        offer, more = found.offer, self._answers.more
        days = ", ".join(f"{day:%d %b}: {count}" for day, count in list(offer.days.items())[:14])
        self._say(
            f"free slots: {len(offer.slots)} ({days})" if offer.slots else f"no free slots {offer.trouble}".strip()
        )
        for key, values in (("practitioners", offer.practitioners), ("locations", offer.locations)):
            self._say(f"{key} of those slots: {', '.join(values) or 'none that can be named'}")
            if values:
                more[key] = list(values[:5])
        if offer.organizations:
            self._say(f"organisations of those slots: {', '.join(offer.organizations)}")
        if found.empty_range:
            more["empty_range"] = {"first": found.empty_range.first, "last": found.empty_range.last}
            self._say(f"nothing is free from day {found.empty_range.first} to day {found.empty_range.last} from today")
        if found.restricted:
            rows = {key: value for key, value in asdict(found.restricted).items() if value}
            more["restricted_slots"] = rows
            kinds = " and ".join(key for key in ("organization_type", "organization_ods") if rows.get(key))
            self._say(f"slots that only this consumer is shown, by {kinds}")

    def _say_patients(self, session: Any) -> None:
        system = session.edition.systems("nhs_number")[0]
        for row in self._answers.patients:
            response = session.environment.ask(session.requests.find("find_patient", system, row["nhs_number"]))
            there = "is found" if any(response.entries("Patient")) else "is not found"
            self._say(f"patient {row['nhs_number'][:3]}...{row['nhs_number'][-2:]} ({', '.join(row['roles'])}) {there}")

    def _say(self, line: str) -> None:
        self._found.append(line)
        click.echo(f"  found: {line}")

    # What would add scenarios

    def _needs(self) -> Counter[str]:
        """By need: how many scenarios of the edition have it."""
        from conformance.planning.facts import read_facts
        from conformance.spec import load

        rows = read_facts(load(self._answers.edition)).values()
        return Counter(need for row in rows for need in row.needs)

    def _gaps(self) -> list[str]:
        """What is missing, in lines: as `check` will say it of the configuration."""
        from conformance.engine.collection import collect
        from conformance.planning.cost import by_want
        from conformance.planning.facts import read_facts
        from conformance.spec import load

        config = self._config()
        cases = [entry.case for entry in collect() if entry.case.runs_in(config.edition)]
        return gap_lines(by_want(cases, config, read_facts(load(config.edition))))

    def _offer(self) -> None:
        """Ask for what is still missing and would add scenarios, saying how many."""
        if not self._asker.asks:
            return
        needs = self._needs()
        click.echo("\nMore people and data let more be tested. Enter skips a question, Ctrl-D all that follow.")
        self._offer_people(needs)
        self._offer_patients(needs)
        self._offer_appointments(needs)
        self._offer_slots(needs)

    def _offer_people(self, needs: Counter[str]) -> None:
        adds = max((count for need, count in needs.items() if need.startswith("data.registrations")), default=0)
        if self._answers.registrations or not adds:
            return
        text = f"CSV file of people to register and of more patients: adds {adds} and more"
        path = self._asker.may(text, None, file)
        if path:
            read_people(Path(path), self._answers)

    def _offer_patients(self, needs: Counter[str]) -> None:
        known = {role for row in self._answers.patients for role in row["roles"]}
        for role, about in _ABOUT.items():
            adds = needs[f"data.patients {role}"] or needs[f"data.patients.logical_id {role}"]
            if role in known or not adds:
                continue
            number = self._asker.may(f"NHS number of a patient {about}: adds {adds}", None, nhs_number)
            if number:
                hidden = role in _HIDDEN and needs[f"data.patients.logical_id {role}"]
                identity = self._asker.may("Logical id of that patient at the provider") if hidden else ""
                self._answers.patient(number, role, identity)

    def _offer_appointments(self, needs: Counter[str]) -> None:
        for name, about in _APPOINTMENTS.items():
            adds = needs[f"data.appointments.{name}"]
            if adds:
                said = self._asker.may(f"Logical id of an appointment {about}: adds {adds}")
                self._answers.more |= {f"appointments.{name}": said} if said else {}
        adds = needs["data.appointments.past_resource"]
        if adds:
            path = self._asker.may(f"JSON file that holds a past appointment whole: adds {adds}", None, file)
            self._answers.more |= {"appointments.past_resource": path} if path else {}

    def _offer_slots(self, needs: Counter[str]) -> None:
        if needs["data.closed_slot"]:
            where = "id, days from today, start, end, location id"
            text = f"A free slot not open to GP Connect ({where}): adds {needs['data.closed_slot']}"
            said = self._asker.may(text, None, slot).split()
            if said:
                names = ("id", "day", "start", "end", "location")
                self._answers.more["closed_slot"] = dict(zip(names, said, strict=True)) | {"day": int(said[1])}
        if "restricted_slots" in self._answers.more:
            for key, about in (("not_bookable", "not marked for GP Connect"), ("embargoed", "under embargo")):
                adds = needs[f"data.restricted_slots.{key}"]
                times = (
                    self._asker.may(f"Times (13:20 13:30) at which only slots begin that are {about}: adds {adds}")
                    if adds
                    else ""
                )
                if times:
                    self._answers.more[f"restricted_slots.{key}"] = times.replace(",", " ").split()
