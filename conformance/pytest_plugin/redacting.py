"""The redactor of a run: it knows the secrets and the people of the configuration."""

from __future__ import annotations

from conformance.config.model import Config
from conformance.redaction.redactor import ConfiguredPerson, Redactor


def redactor_of(config: Config, key: bytes | None = None) -> Redactor:
    """Return the redactor that knows a configuration's secrets and people; `key` makes its pseudonyms those of a run."""
    secrets = (config.tls.key_password,) if config.tls.key_password else ()
    return Redactor(enabled=config.run.redact, extra_secrets=secrets, people=_people(config), key=key)


def _people(config: Config) -> list[ConfiguredPerson]:
    """Everybody whom the configuration names: patients, those to be registered, and the user who sends requests."""
    user, data = config.consumer.practitioner, config.data
    patients = [ConfiguredPerson(patient.nhs_number, (patient.name,)) for patient in data.patients]
    others = [ConfiguredPerson(one.nhs_number, (one.given, one.family), one.birth_date) for one in data.registrations]
    unknown = ConfiguredPerson(data.unknown.nhs_number)
    return [*patients, *others, unknown, ConfiguredPerson(names=(user.given, user.family))]
