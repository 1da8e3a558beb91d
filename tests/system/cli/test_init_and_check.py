"""`init` and `check` against the bundled provider: answers typed, a configuration written, and what will run with it."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, load_pem_private_key, pkcs12

from conformance import cli
from conformance.config.bundled import bundled_config
from conformance.config.loading import load_config
from conformance.core.errors import TargetError, UsageError
from conformance.provider.server_thread import Running, start
from conformance.provider.variants.gateway import Gateway, Respond, Sent
from conformance.spec import editions, load
from conformance.tls.folder import make_folder

PEOPLE = ("9990010072", "999 001 0145")
PLACES = ("918999198993", "", "200000000359", "Y99901")  # the ODS code of the practice is taken from the address
MOST_NOT_TESTED = 40


@dataclass(frozen=True)
class Place:
    """A provider over mutual TLS, its certificates, and a CSV file of everybody whom it knows."""

    edition: str
    provider: Running
    certificates: Path
    everybody: Path


@pytest.fixture(scope="module", params=editions())
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("place")
    certificates = folder / "certs"
    make_folder(certificates)
    with start(load(request.param), tls=certificates) as running:
        yield Place(request.param, running, certificates, everybody(request.param, folder / "people.csv"))


def everybody(edition: str, path: Path) -> Path:
    data = bundled_config(edition, "http://127.0.0.1:1/x", path.parent).data
    columns = ("nhs_number", "role", "logical_id", "family", "given", "birth_date", "gender", "refused", "inactive")
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.DictWriter(file, columns)
        rows.writeheader()
        for one in data.patients:
            for role in one.roles:
                rows.writerow({"nhs_number": one.nhs_number, "role": role, "logical_id": one.logical_id})
        for person in data.registrations:
            known = {name: getattr(person, name) for name in columns if hasattr(person, name)}
            rows.writerow(known | {"role": "registration", "inactive": "true" if person.inactive else ""})
    return path


def called(*words: str, typed: tuple[str, ...] = ()) -> tuple[int, str]:
    """The exit code and the output of a command, to which lines are typed; what ends it as an error is raised."""
    done = CliRunner().invoke(cli.root, words, input="".join(f"{line}\n" for line in typed), standalone_mode=False)
    if done.exception:
        raise done.exception
    return int(done.return_value or 0), done.output


def certificates_of(place: Place, *, bad: bool) -> tuple[str, ...]:
    names = ("ca.pem", "client.pem", "client.key")
    return (*(str(place.certificates / name) for name in names), str(place.certificates) if bad else "")


def initialised(place: Place, out: Path, *, with_everybody: bool) -> str:
    typed = (place.provider.base_url, *PLACES, *certificates_of(place, bad=with_everybody), *PEOPLE, "")
    code, said = called("init", "--out", str(out), typed=(*typed, *((str(place.everybody),) if with_everybody else ())))
    assert code == 0, said
    return said


def not_tested(said: str) -> dict[str, int]:
    """By what the configuration lacks, how many scenarios `check` says will not run."""
    _, _, after = said.partition("What will not run")
    rows = re.findall(r"^ +(\d+)  (\S.*)$", after.partition("What a run costs")[0], re.MULTILINE)
    return {need: int(count) for count, need in rows}


def test_two_patients_are_enough_to_begin(place: Place, tmp_path: Path) -> None:
    out = tmp_path / "my.yaml"
    said = initialised(place, out, with_everybody=False)
    assert f"found: edition {place.edition}" in said
    config = load_config(out)
    assert config.edition == place.edition
    assert config.provider.ods_code == "A20047"
    assert [one.nhs_number for one in config.data.patients] == ["9990010072", "9990010145"]
    assert config.data.locations == ("A20047001", "A20047002")
    assert config.data.practitioners
    assert config.data.empty_range is not None
    code, checked = called("check", "--config", str(out))
    assert code == 0, checked
    assert "Ready." in checked
    assert "data.registrations: one whom the practice does not know" in not_tested(checked)
    assert all(count > 0 for count in not_tested(checked).values())


def test_with_everybody_nearly_all_is_tested_and_the_rest_names_its_key(place: Place, tmp_path: Path) -> None:
    out = tmp_path / "my.yaml"
    said = initialised(place, out, with_everybody=True)
    code, checked = called("check", "--config", str(out))
    assert code == 0, checked
    lacking = not_tested(checked)
    assert 0 < sum(lacking.values()) <= MOST_NOT_TESTED
    for need, count in lacking.items():
        assert need.startswith("data.")
        assert re.search(rf"^ +{count}  {re.escape(need)}$", said, re.MULTILINE), said
        assert f"#   {count} {need}" in out.read_text(encoding="utf-8")


def test_a_certificate_may_be_pkcs12(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = load_pem_private_key((place.certificates / "client.key").read_bytes(), None)
    certificate = x509.load_pem_x509_certificate((place.certificates / "client.pem").read_bytes())
    packed = tmp_path / "client.p12"
    packed.write_bytes(
        pkcs12.serialize_key_and_certificates(b"client", key, certificate, None, BestAvailableEncryption(b"open"))  # type: ignore[arg-type]
    )
    monkeypatch.setenv("GPC_KEY_PASSWORD", "open")
    out, ca = tmp_path / "my.yaml", str(place.certificates / "ca.pem")
    typed = (place.provider.base_url, *PLACES, ca, str(packed), "", *PEOPLE, "")
    code, said = called("init", "--out", str(out), typed=typed)
    assert code == 0, said
    assert "open" not in re.findall(r"^ *key_password: (.*)$", out.read_text(encoding="utf-8"), re.MULTILINE)
    code, checked = called("check", "--config", str(out))
    assert code == 0, checked
    assert "client certificate: valid until" in checked


def test_wrong_answers_are_said_and_asked_for_again(place: Place, tmp_path: Path) -> None:
    wrong = ("gp.example.org", f"{place.provider.base_url}/metadata", "12", *PLACES)
    typed = (*wrong, *certificates_of(place, bad=False), "9990010073", *PEOPLE, "")
    code, said = called("init", "--out", str(tmp_path / "my.yaml"), typed=typed)
    assert code == 0, said
    for words in ("begins with http:// or https://", "an ASID has twelve digits", "check digit"):
        assert words in said
    assert load_config(tmp_path / "my.yaml").provider.base_url == place.provider.base_url


def test_what_the_answers_wrote_is_not_replaced_unasked(place: Place, tmp_path: Path) -> None:
    (tmp_path / "my.yaml").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="is there already"):
        called("init", "--out", str(tmp_path / "my.yaml"))
    assert (tmp_path / "my.yaml").read_text(encoding="utf-8") == "mine"


# an endpoint that is something else

PAGE = b"<html><head><title>Sign in</title></head><body><input type='password'></body></html>"
STATEMENT = b'{"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "software": {"name": "Other"}}'


def login_page(_: Sent) -> Respond:
    return Respond(200, body=PAGE)


def other_server(sent: Sent) -> Respond:
    known = sent.target.endswith("/metadata")
    body = STATEMENT if known else b'{"resourceType": "OperationOutcome"}'
    return Respond(200 if known else 404, body=body, media_type="application/fhir+json")


@pytest.mark.parametrize(
    ("stand_in", "said"),
    [(login_page, "it is a login page"), (other_server, "another FHIR server")],
    ids=["login", "r4"],
)
def test_something_else_is_named_and_the_answers_are_kept(stand_in: object, said: str, tmp_path: Path) -> None:
    out = tmp_path / "my.yaml"
    with start(load("stu3")) as running, Gateway(running.base_url, stand_in) as gateway:  # type: ignore[arg-type]
        with pytest.raises(TargetError, match=said):
            called("init", "--out", str(out), typed=(gateway.base_url, *PLACES, *PEOPLE, ""))
        config = load_config(out)
        assert [one.nhs_number for one in config.data.patients] == ["9990010072", "9990010145"]
        code, checked = called("check", "--config", str(out))
    assert code == 3
    assert said in checked
    assert "Not fit" in checked


def test_the_other_edition_is_named(tmp_path: Path) -> None:
    out = tmp_path / "my.yaml"
    with start(load("dstu2")) as running:
        assert called("init", "--out", str(out), typed=(running.base_url, *PLACES, *PEOPLE, ""))[0] == 0
        assert load_config(out).edition == "dstu2"
        code, checked = called("check", "--config", str(out), "--set", "edition=stu3")
    assert code == 3
    assert "edition" in checked
    assert "dstu2" in checked


def test_the_example_can_be_used_wherever_it_is_written(tmp_path: Path) -> None:
    _, text = called("init", "--example")
    (tmp_path / "my.yaml").write_text(text, encoding="utf-8")
    with start(load("stu3")) as running:
        code, checked = called(
            "check", "-c", str(tmp_path / "my.yaml"), "--set", f"provider.base_url={running.base_url}"
        )
    assert code == 0, checked


def test_check_says_what_is_wrong_with_each_certificate(place: Place) -> None:
    names = {"ca": "ca.pem", "certificate": "client.pem", "key": "client.key"}
    swapped = {"expired": "client", "not_yet_valid": "not-yet-valid", "revoked": "expired"}
    settings = [f"tls.{key}={place.certificates / name}" for key, name in names.items()]
    for name, file in swapped.items():
        pair = {"certificate": place.certificates / f"{file}.pem", "key": place.certificates / f"{file}.key"}
        settings += [f"tls.negative.{name}.{key}={path}" for key, path in pair.items()]
    settings += [f"edition={place.edition}", f"provider.base_url={place.provider.base_url}"]
    _, text = called("init", "--example")
    path = place.certificates.parent / "example.yaml"
    path.write_text(text, encoding="utf-8")
    _, checked = called("check", "-c", str(path), *(part for pair in settings for part in ("--set", pair)))
    assert re.search(r"warn +certificate expired: is valid from .* it must have expired", checked), checked
    assert re.search(r"warn +certificate revoked: is valid from .* it must be valid today", checked)
    assert "certificate not_yet_valid" not in checked
