"""The bearer token of each request: an unsecured JWT with the edition's claims.

Sources: page "Cross Organisation Audit and Provenance" of each edition; STU3-JWT-*, DSTU2-JWT-*. Which claims there are
and in which identifier systems they speak is data (edition.yaml, `jwt`); how each is filled is here.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from conformance.config.model import Config
from conformance.spec import Edition, Interaction

Claims = dict[str, Any]
_JSON = json.JSONEncoder(separators=(",", ":"))
_ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "base64url": lambda data: base64.urlsafe_b64encode(data).rstrip(b"="),
    "padded": base64.urlsafe_b64encode,
    "base64": base64.b64encode,
    "plain": lambda data: data,
}


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is going to be rendered. The claims are never shown by repr: they hold patient identifiers.

    `raw` replaces the whole rendered text. `signing_key` None leaves the third part empty, as an unsecured token has it.
    """

    header: Mapping[str, Any]
    claims: Claims = field(repr=False)
    encoding: Literal["base64url", "padded", "base64", "plain"] = "base64url"
    signing_key: str | None = field(default=None, repr=False)
    raw: str | None = field(default=None, repr=False)

    def render(self) -> str:
        """Return the token: two encoded parts and an empty third one after its dot (RFC 7519 section 6)."""
        if self.raw is not None:
            return self.raw
        encode = _ENCODERS[self.encoding]
        text = ".".join(encode(_JSON.encode(part).encode()).decode() for part in self._parts())
        return f"{text}.{self._signature(text)}"

    def with_(self, **fields: Any) -> Token:
        """Return the same token with other values in the fields named."""
        return replace(self, **fields)

    def _parts(self) -> tuple[Any, Any]:
        return dict(self.header), self.claims

    def _signature(self, text: str) -> str:
        if self.signing_key is None:
            return ""
        digest = hmac.new(self.signing_key.encode(), text.encode(), hashlib.sha256).digest()
        return _ENCODERS["base64url"](digest).decode()


def new_token(
    edition: Edition,
    config: Config,
    interaction: Interaction,
    *,
    now: datetime,
    path: str = "",
    nhs_number: str | None = None,
) -> Token:
    """Return a valid token for one request.

    `now` is an aware time; `path` is that of the request, for editions whose audience is the requested resource.
    `nhs_number` names the patient for editions with a requested_record: the record of a patient is named where the scope of
    the interaction is that of patients (without a number the first configured one), else that of the organisation.
    """
    rules = jwt_rules(edition)
    issued = int(now.timestamp())
    values: dict[str, Any] = {
        "iss": config.consumer.issuer,
        "sub": config.consumer.practitioner.id,
        "aud": _audience(rules, config, path),
        "exp": issued + rules["lifetime_seconds"],
        "iat": issued,
        "reason_for_request": rules["reasons"][0],
        "requested_scope": interaction.scope,
        "requesting_device": _device(edition, config),
        "requesting_organization": _organization(rules, config, with_id=edition.capabilities.token_resources_have_ids),
        "requested_record": _record(rules, config, interaction, nhs_number),
        rules["user_claim"]: _user(edition, rules, config),
    }
    return Token({"alg": "none", "typ": "JWT"}, {name: values[name] for name in rules["claims"]})


def jwt_rules(edition: Edition) -> dict[str, Any]:
    """Return the edition's `jwt` data."""
    return dict(edition.raw["jwt"])


def _audience(rules: Mapping[str, Any], config: Config, path: str) -> str:
    chosen = config.consumer.audience or str(rules["audience"])
    return {"base": config.provider.base_url, "request": config.provider.base_url + path}.get(chosen, chosen)


def _device(edition: Edition, config: Config) -> dict[str, Any]:
    device = config.consumer.device
    identity = {"id": device.id} if edition.capabilities.token_resources_have_ids else {}
    identifier = [{"system": device.system, "value": device.value}]
    return {
        "resourceType": "Device",
        **identity,
        "identifier": identifier,
        "model": device.model,
        "version": device.version,
    }


def _organization(rules: Mapping[str, Any], config: Config, *, with_id: bool) -> dict[str, Any]:
    consumer = config.consumer
    identity = {"id": consumer.ods_code} if with_id else {}
    identifier = [{"system": rules["systems"]["organization"], "value": consumer.ods_code}]
    return {"resourceType": "Organization", **identity, "identifier": identifier, "name": consumer.organization.name}


def _record(
    rules: Mapping[str, Any], config: Config, interaction: Interaction, nhs_number: str | None
) -> dict[str, Any]:
    """The record requested, of the published DSTU2 profile: of the kind that the scope of the interaction is for."""
    if interaction.scope.startswith("patient/"):
        kind, use, value = "Patient", "nhs_number", nhs_number or config.data.patients[0].nhs_number
    else:
        kind, use, value = "Organization", "organization", config.provider.ods_code
    return {"resourceType": kind, "identifier": [{"system": rules["systems"].get(use, ""), "value": value}]}


def _user(edition: Edition, rules: Mapping[str, Any], config: Config) -> dict[str, Any]:
    user, systems = config.consumer.practitioner, rules["systems"]
    identifiers = [{"system": systems["sds_user"], "value": user.sds_user_id}]
    if "sds_role_profile" in systems:
        identifiers.append({"system": systems["sds_role_profile"], "value": user.sds_role_profile_id})
    identifiers.append({"system": user.local_id_system, "value": user.local_id})
    common = {"resourceType": "Practitioner", "id": user.id, "identifier": identifiers}
    family = [user.family] if edition.capabilities.family_names_are_lists else user.family
    name = {"family": family, "given": [user.given], "prefix": [user.prefix]}
    if edition.capabilities.practitioners_hold_their_roles:
        role = {"coding": [{"system": systems["job_role"], "code": user.job_role}]}
        return {**common, "name": name, "practitionerRole": [{"role": role}]}
    return {**common, "name": [name]}
