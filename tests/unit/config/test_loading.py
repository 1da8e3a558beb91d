"""A configuration is loaded or refused with every problem named: key path, line, found, allowed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.config import load_config
from conformance.config.advice import advice
from conformance.config.model import DayRange
from conformance.core.errors import UsageError

MINIMAL = """\
edition: stu3
provider:
  base_url: http://127.0.0.1:8080/A20047/STU3/1/gpconnect/
  asid: 918999198993
  ods_code: A20047
consumer:
  asid: 200000000359
  ods_code: Y99901
data:
  patients:
    - {nhs_number: 9990010072, roles: [bookable]}
"""

BOMB = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 7))

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(text: str) -> Path:
        path = tmp_path / "my.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return to_file


def refusal(path: Path, **overrides: str) -> str:
    with pytest.raises(UsageError) as caught:
        load_config(path, overrides=overrides)
    assert "init --example" in str(caught.value)
    return caught.value.message


def test_a_minimal_file_is_enough(write: Write) -> None:
    config = load_config(write(MINIMAL))
    assert config.provider.base_url == "http://127.0.0.1:8080/A20047/STU3/1/gpconnect"
    assert config.provider.root == config.provider.base_url
    assert config.provider.asid == "918999198993"
    assert config.data.patients[0].nhs_number == "9990010072"
    assert config.data.patients_with("bookable") == config.data.patients
    assert config.data.patients_with("deceased") == ()
    assert config.data.organization_ods == "A20047"
    assert config.run.reports == config.path.parent / "reports"
    assert config.data.window.dates(date(2026, 3, 1)) == (date(2026, 3, 2), date(2026, 3, 14))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "ods_code: A20047",
            "ods_kode: A20047",
            [
                "line 5: provider.ods_kode: there is no such key; did you mean ods_code?",
                "line 2: provider: the key ods_code is missing: ODS code of the practice",
            ],
        ),
        ("edition: stu3", "edition: r4", ["line 1: edition: found 'r4'; allowed: dstu2 or stu3"]),
        ("edition: stu3", "edition: [stu3]", ["line 1: edition: found a list of 1; allowed: text"]),
        ("edition: stu3", "edition:", ["line 1: edition: found nothing; allowed: text"]),
        (
            "http://127.0.0.1:8080/A20047/STU3/1/gpconnect/",
            "127.0.0.1:8080",
            [
                "line 3: provider.base_url: found '127.0.0.1:8080'; allowed: an absolute http or https URL",
                "does not begin with http://",
            ],
        ),
        (
            "http://127.0.0.1:8080/",
            "http://user:pass@host/",
            ["line 3: provider.base_url", "user names, queries and fragments"],
        ),
        ("http://127.0.0.1:8080/", "http://host:99999/", ["line 3: provider.base_url"]),
        (
            "asid: 918999198993",
            "asid: 91899919899",
            ["line 4: provider.asid: found '91899919899'; allowed: twelve digits"],
        ),
        (
            "ods_code: Y99901",
            "ods_code: 'Y 99901'",
            ["line 8: consumer.ods_code: found 'Y 99901'; allowed: an ODS code"],
        ),
        (
            "9990010072",
            "9990010073",
            ["line 11: data.patients[0].nhs_number: found '9990010073'", "check digit (the last) should be 2, not 3"],
        ),
        ("9990010072", "999001007", ["has ten digits"]),
        (
            "roles: [bookable]",
            "roles: [bokable]",
            ["line 11: data.patients[0].roles[0]: found 'bokable'", "did you mean bookable?"],
        ),
        (
            "data:\n",
            "data:\n  window: {start_days: 5, end_days: 2}\n",
            ["data.window.end_days: lies before start_days"],
        ),
        (
            "data:\n",
            "data:\n  empty_range: {first: 2026-13-01, last: 3}\n",
            ["data.empty_range.first: found '2026-13-01'"],
        ),
        ("data:\n", "data:\n  empty_range: {first: 9, last: 3}\n", ["data.empty_range.last: lies before first"]),
        ("data:\n", "run: {read_timeout: 0}\ndata:\n", ["run.read_timeout: found 0; allowed: seconds: more than 0"]),
        ("data:\n", "run: {strict: perhaps}\ndata:\n", ["run.strict: found 'perhaps'; allowed: true or false"]),
        ("data:\n", "run: {max_response_bytes: 1}\ndata:\n", ["found 1; allowed: at least 1000"]),
        ("data:\n", "tls: {certificate: no.pem}\ndata:\n", ["line 9: tls.certificate: there is no file", "no.pem"]),
        ("data:\n", "tls: {key: my.yaml}\ndata:\n", ["tls.key: is given without tls.certificate"]),
        ("data:\n", "options: {jwt_profile: pinned}\ndata:\n", ["options.jwt_profile: edition stu3 has no option"]),
        (
            "data:\n",
            "report: {assurer: '${NO_SUCH_THING}'}\ndata:\n",
            ["report.assurer: the environment variable NO_SUCH_THING is not set"],
        ),
        ("data:\n", "report: {assurer: '${1}'}\ndata:\n", ["report.assurer: '${' is not ${NAME}"]),
        ("data:\n", "edition: dstu2\ndata:\n", ["line 9: edition: is given twice, first on line 1"]),
        ("data:\n", "data:\n  unknown: 3\n", ["data.unknown: found 3; allowed: a mapping of keys"]),
        (
            "  asid: 918999198993\n",
            "  asid: 918999198993\n  via_proxy: true\n",
            ["provider.proxy_url: is needed with via_proxy"],
        ),
        ("  asid: 918999198993\n", "  asid: 918999198993\n  proxy_url: http://p\n", ["would not be used"]),
        (
            "roles: [bookable]}\n",
            "roles: [bookable]}\n    - {nhs_number: 9990010072}\n",
            ["line 12: data.patients[1].nhs_number: 9990010072 is already that of data.patients[0]"],
        ),
    ],
)
def test_each_problem_is_told_with_its_place(write: Write, old: str, new: str, expected: list[str]) -> None:
    assert old in MINIMAL
    message = refusal(write(MINIMAL.replace(old, new, 1)))
    for text in expected:
        assert text in message


def test_all_problems_come_together_in_the_order_of_lines(write: Write) -> None:
    text = MINIMAL.replace("918999198993", "1").replace("200000000359", "2").replace("stu3", "stu9")
    rows = refusal(write(text)).splitlines()
    assert rows[0].startswith("the configuration has 3 problems: ")
    assert [row.strip().partition(":")[0] for row in rows[1:]] == ["line 1", "line 4", "line 7"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "is empty"),
        ("# only a comment\n", "is empty"),
        ("a: [1, 2", "is not YAML"),
        ("just words", "found 'just words'; allowed: a mapping of keys"),
        ("- 1\n- 2\n", "found a list of 2; allowed: a mapping of keys"),
        ("a: !!python/object/apply:os.system [echo]", "there is no such key"),
        (BOMB, "more than 50,000 values"),
        ("[" * 700, "nested too deeply"),
    ],
)
def test_a_file_that_is_no_configuration(write: Write, text: str, expected: str) -> None:
    with pytest.raises(UsageError) as caught:
        load_config(write(text))
    assert expected in str(caught.value)
    assert len(str(caught.value)) < 2000


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no configuration file .*gone\.yaml"):
        load_config(tmp_path / "gone.yaml")
    with pytest.raises(UsageError, match="cannot be read"):
        load_config(tmp_path)
    (tmp_path / "latin.yaml").write_bytes(b"edition: \xe9")
    with pytest.raises(UsageError, match="not UTF-8"):
        load_config(tmp_path / "latin.yaml")


def test_the_environment_is_filled_in(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GPC_ASID", "111122223333")
    monkeypatch.setenv("GPC_WAIT", "2.5")
    text = MINIMAL.replace("918999198993", "${GPC_ASID}")
    text += "run:\n  read_timeout: ${GPC_WAIT}\n  connect_timeout: '${GPC_WAIT}'\n"
    text += "report: {supplier: '${GPC_NONE:-Acme}', product: '$${x}', assurer: '${GPC_NONE:-}'}\n"
    config = load_config(write(text))
    assert config.provider.asid == "111122223333"
    assert (config.run.read_timeout, config.run.connect_timeout) == (2.5, 2.5)
    assert (config.report.supplier, config.report.product, config.report.assurer) == ("Acme", "${x}", "")


def test_overrides_replace_and_add(write: Write) -> None:
    config = load_config(
        write(MINIMAL),
        overrides={
            "edition": "dstu2",
            "options.jwt_profile": "published",
            "data.patients.0.nhs_number": "9990010145",
            "data.practitioners": "[a, b]",
            "run.strict": "true",
            "report.assurer": "",
        },
    )
    assert (config.edition, dict(config.options)) == ("dstu2", {"jwt_profile": "published"})
    assert config.data.patients[0].nhs_number == "9990010145"
    assert config.data.practitioners == ("a", "b")
    assert config.run.strict is True


def test_a_wrong_override_is_told_as_one(write: Write) -> None:
    assert "override: run.strikt: there is no such key; did you mean strict?" in refusal(
        write(MINIMAL), **{"run.strikt": "1"}
    )
    with pytest.raises(UsageError, match="item 7"):
        load_config(write(MINIMAL), overrides={"data.patients.7.name": "x"})


def test_day_ranges_take_numbers_and_dates() -> None:
    today = date(2026, 3, 27)
    assert DayRange(2, 4).dates(today) == (date(2026, 3, 29), date(2026, 3, 31))
    assert DayRange(date(2026, 5, 1), 40).dates(today) == (date(2026, 5, 1), date(2026, 5, 6))


def test_through_the_proxy_the_root_holds_both_urls(write: Write) -> None:
    overrides = {"provider.via_proxy": "true", "provider.proxy_url": "https://proxy.example/"}
    root = load_config(write(MINIMAL), overrides=overrides).provider.root
    assert root == "https://proxy.example/http://127.0.0.1:8080/A20047/STU3/1/gpconnect"


YAML_ISH = st.text(st.sampled_from("abedition:stu3 \n-[]{}'\"$&*!|>#%@0.19,_\t?é"), max_size=60)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(YAML_ISH, st.booleans())
def test_nothing_but_a_message_comes_of_nonsense(write: Write, text: str, after: bool) -> None:
    try:
        made = load_config(write(f"{MINIMAL}{text}" if after else text))
    except UsageError as error:
        assert "configuration" in error.message  # noqa: PT017 - either outcome is right, nothing else is
    else:
        assert made.edition


def test_spaces_in_nhs_numbers_do_not_matter(write: Write) -> None:
    text = MINIMAL.replace("nhs_number: 9990010072", "nhs_number: 999 001 0072")
    assert load_config(write(text)).data.patients[0].nhs_number == "9990010072"


@pytest.mark.parametrize(
    "behind", ["/metadata", "/Patient", "/Slot/", "/Patient/$gpc.registerpatient", "/Appointment/1"]
)
def test_a_base_url_with_more_behind_it_is_refused(write: Write, behind: str) -> None:
    said = refusal(write(MINIMAL.replace("/gpconnect/", f"/gpconnect{behind}")))
    assert "the base URL is what stands before that" in said


@pytest.mark.parametrize(
    ("roles", "said"),
    [
        ("[bookable, deceased]", "deceased must not be found, and bookable must"),
        ("[temporary, inactive]", "inactive must not be found, and temporary must"),
        ("[no-appointments, bookable]", "for one who is bookable some are booked"),
    ],
)
def test_roles_that_contradict_each_other_are_refused(write: Write, roles: str, said: str) -> None:
    assert said in refusal(write(MINIMAL.replace("[bookable]", roles)))


def test_roles_that_go_together_are_taken(write: Write) -> None:
    config = load_config(write(MINIMAL.replace("[bookable]", "[bookable, temporary, dissent]")))
    assert config.data.patients[0].roles == ("bookable", "temporary", "dissent")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("definitions.paths", "[nowhere]"),
        ("data.appointments.past_resource", "nowhere.json"),
        ("tls.ca", "nowhere.pem"),
    ],
)
def test_a_file_that_is_not_there_is_named(write: Write, key: str, value: str) -> None:
    assert "there is no file" in refusal(write(MINIMAL), **{key: value})


def test_what_is_seldom_meant_is_said(write: Write) -> None:
    config = load_config(
        write(MINIMAL.replace(", roles: [bookable]", "") + "  window: {start_days: 1, end_days: 60}\n")
    )
    said = [text for _, text in advice(config)]
    assert said == [
        "has no role, so that no scenario uses this patient",
        "60 days are searched for slots: 14 are enough, and take fewer requests",
    ]
    assert not list(advice(load_config(write(MINIMAL))))
