"""The other wordings in which an edition was published: what the configuration calls options."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.provider.faults.fault import DSTU2
from conformance.provider.variants.variant import Variant

_TWO = "published in two wordings; the configuration says which one the provider follows"


def _wording(name: str, title: str, allowed: str, options: Mapping[str, str]) -> Variant:
    return Variant(f"wording.{name}", title, f"{allowed}: {_TWO}", (), DSTU2, aspect="wording", options=options)


_NEWER = {
    "token_organization_system": "https://fhir.nhs.uk/Id/ods-organization-code",
    "token_nhs_number_system": "https://fhir.nhs.uk/Id/nhs-number",
    "token_sds_user_system": "https://fhir.nhs.uk/Id/sds-user-id",
}

VARIANTS = (
    _wording(
        "published-tokens",
        "reads tokens as the published release has them, and checks whose record they name",
        "provenance page, pinned against published release",
        {"jwt_profile": "published"},
    ),
    _wording(
        "fb-type",
        "calls the status parameter fb-type",
        "search for free slots page, pinned against published release",
        {"free_parameter": "fb-type"},
    ),
    _wording(
        "slot-search-id",
        "has the interaction id rest:search:slot",
        "search for free slots page against the next release candidate",
        {"slot_search_interaction": "rest:search:slot"},
    ),
    _wording(
        "cancel-id",
        "has one interaction id for amending and cancelling",
        "cancel page against the overview page",
        {"cancel_interaction": "rest:update:appointment"},
    ),
    _wording(
        "newer-token-systems",
        "reads tokens with the newer identifier systems",
        "provenance page against pages of 25 September 2017",
        {"jwt_profile": "published", **_NEWER},
    ),
)
