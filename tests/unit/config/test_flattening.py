"""A configuration as keys and texts: everything in it, by the keys that --set knows, secrets masked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from conformance.config.flattening import MASKED, flattened
from conformance.config.loading import load_config
from conformance.core.resources import data_path

CONFIG = load_config(data_path("config.example.yaml"))


def test_every_value_stands_under_its_key() -> None:
    found = flattened(CONFIG)
    assert found["edition"] == "stu3"
    assert found["provider.asid"] == CONFIG.provider.asid
    assert found["provider.may_write"] == "false"
    assert found["run.connect_timeout"] == str(CONFIG.run.connect_timeout)
    assert found["data.patients.1.nhs_number"] == CONFIG.data.patients[1].nhs_number
    assert found["data.patients.0.roles.0"] == CONFIG.data.patients[0].roles[0]


def test_what_is_empty_and_the_file_itself_are_left_out() -> None:
    found = flattened(CONFIG)
    assert "" not in found.values()
    assert not {"path", "tls.certificate", "tls.key_password"} & found.keys()


def test_options_and_paths_are_there() -> None:
    tls = replace(CONFIG.tls, certificate=Path("/certificates/client.pem"))
    found = flattened(replace(CONFIG, options={"jwt_profile": "pinned"}, tls=tls))
    assert (found["options.jwt_profile"], found["tls.certificate"]) == ("pinned", str(tls.certificate))


def test_a_password_is_masked() -> None:
    found = flattened(replace(CONFIG, tls=replace(CONFIG.tls, key_password="a-password-of-mine")))
    assert found["tls.key_password"] == MASKED
    assert "a-password-of-mine" not in str(found)
