"""Which expressions the compiled checks and the Python functions stand for, by their text (white space made single).

A publisher's wording and the one in our own base definitions may differ; each text is listed, none is guessed by key.
"""

from __future__ import annotations

from hashlib import blake2b

from conformance.fhir.invariants.functions import (
    UCUM,
    Fast,
    any_of,
    appointment_dated,
    appointment_times,
    bundle_total,
    contained_referred_to,
    contained_unversioned,
    contained_without,
    document_identified,
    duration_coded,
    extension_content,
    full_url_unversioned,
    full_url_with_resource,
    full_urls_distinct,
    full_urls_of_resources_distinct,
    measure,
    needs,
    not_at_home,
    not_in_contained,
    only_when_type,
    parameter_content,
    period_order,
    range_order,
    ratio_whole,
)

# Held by the plans themselves: no empty element (ele-1), local references lead somewhere (ref-1, judged with the targets).
STRUCTURAL = frozenset([
    "hasValue() | (children().count() > id.count())",
    "@value|f:*|h:div",
    "reference.empty() or reference.startsWith('#').not() or (reference.substring(1) in %resource.contained.id)",
    "every $local in f:reference[starts-with(@value, '#')] satisfies"
    " exists(ancestor::*/f:contained/*[f:id/@value = substring($local/@value, 2)])",
    # The format of xhtml (narrative.py) is txt-1 and txt-2; DSTU2 spells their long lists out.
    "htmlchecks()",
    "descendant::text()[normalize-space(.)!=''] or descendant::h:img[@src]",
])  # fmt: skip
STRUCTURAL_STARTS = (
    "not(descendant-or-self::*[not(local-name(.)=('a', 'abbr'",
    "not(descendant-or-self::*/@*[not(name(.)=('abbr', 'accesskey'",
)


def is_structural(text: str) -> bool:
    """True for an expression that the compiled checks hold anyway."""
    return text in STRUCTURAL or text.startswith(STRUCTURAL_STARTS) or _digest(text) in _PUBLISHED_STRUCTURAL


STU3: dict[str, Fast] = {
    "extension.exists() != value.exists()": extension_content,
    "type.exists() or actor.exists()": any_of("type", "actor"),
    "start.empty() xor end.exists()": appointment_times,
    "(start.exists() and end.exists()) or (status in ('proposed' | 'cancelled'))": appointment_dated,
    "data.empty() or contentType.exists()": needs("data", "contentType"),
    "total.empty() or (type = 'searchset') or (type = 'history')": bundle_total,
    "entry.search.empty() or (type = 'searchset')": only_when_type("search", "searchset"),
    "entry.request.empty() or (type in ('batch' | 'transaction' | 'history'))": only_when_type(
        "request", "batch", "transaction", "history"
    ),
    "entry.response.empty() or type = 'batch-response' or type = 'transaction-response'": only_when_type(
        "response", "batch-response", "transaction-response"
    ),
    "resource.exists() or request.exists() or response.exists()": any_of("resource", "request", "response"),
    "entry.where(fullUrl).select(fullUrl&resource.meta.versionId).isDistinct()": full_urls_distinct,
    "fullUrl.contains('/_history/').not()": full_url_unversioned,
    "type = 'document' implies (identifier.system.exists() and identifier.value.exists())": document_identified,
    "value.empty() or system.exists()": needs("value", "system"),
    "contained.text.empty()": contained_without("text"),
    "contained.contained.empty()": contained_without("contained"),
    "contained.where(('#'+id in %resource.descendants().reference).not()).empty()": contained_referred_to,
    "contained.meta.versionId.empty() and contained.meta.lastUpdated.empty()": contained_unversioned,
    "(identifier.count() + name.count()) > 0": any_of("identifier", "name"),
    "where(use = 'home').empty()": not_at_home,
    "name.exists() or telecom.exists() or address.exists() or organization.exists()": any_of(
        "name", "telecom", "address", "organization"
    ),
    "start.empty() or end.empty() or (start <= end)": period_order,
    "code.empty() or system.exists()": needs("code", "system"),
    "low.empty() or high.empty() or (low <= high)": range_order,
    "(numerator.empty() xor denominator.exists()) and (numerator.exists() or extension.exists())": ratio_whole,
    "(part.exists() and value.empty() and resource.empty()) or"
    " (part.empty() and (value.exists() xor resource.exists()))": parameter_content,
    "(code or value.empty()) and (system.empty() or system = %ucum)": measure(UCUM),
    "(code or value.empty()) and (system.empty() or system = %ucum) and (value.empty() or value > 0)": measure(
        UCUM, positive=True
    ),
    "(code or value.empty()) and (system.empty() or system = %ucum) and (code.empty() or code = '1')"
    " and (value.empty() or value.toString().contains('.').not())": measure(UCUM, whole=True),
    "(code or value.empty()) and (system.empty() or system = 'urn:iso:std:iso:4217')": measure("urn:iso:std:iso:4217"),
    "code.exists() implies ((system = %ucum) and value.exists())": duration_coded,
}

DSTU2: dict[str, Fast] = {
    "(exists(f:type) or exists(f:actor))": any_of("type", "actor"),
    "exists(f:start) = exists(f:end)": appointment_times,
    "((exists(f:start) and exists(f:end)) or (f:status/@value='proposed') or (f:status/@value='cancelled'))": (
        appointment_dated
    ),
    "not(exists(f:data)) or exists(f:contentType)": needs("data", "contentType"),
    "not(f:total) or (f:type/@value = 'searchset') or (f:type/@value = 'history')": bundle_total,
    "not(f:entry/f:search) or (f:type/@value = 'searchset')": only_when_type("search", "searchset"),
    "not(f:entry/f:request) or (f:type/@value = 'batch') or (f:type/@value = 'transaction')"
    " or (f:type/@value = 'history')": only_when_type("request", "batch", "transaction", "history"),
    "not(f:entry/f:transaction) or (f:type/@value = 'transaction') or (f:type/@value = 'history')": only_when_type(
        "transaction", "transaction", "history"
    ),
    "not(f:entry/f:response) or (f:type/@value = 'batch-response') or (f:type/@value = 'transaction-response')": (
        only_when_type("response", "batch-response", "transaction-response")
    ),
    "not(f:entry/f:transactionResponse) or (f:type/@value = 'transaction-response')": only_when_type(
        "transactionResponse", "transaction-response"
    ),
    "f:resource or f:request or f:response": any_of("resource", "request", "response"),
    "exists(f:fullUrl) = exists(f:resource)": full_url_with_resource,
    "count(f:entry[f:resource][f:fullUrl]) = count(distinct-values(f:entry[f:resource][f:fullUrl]"
    "/concat(f:fullUrl/@value, ' ', f:resource/*/f:meta/f:versionId/@value)))": full_urls_of_resources_distinct,
    "not(exists(f:value)) or exists(f:system)": needs("value", "system"),
    "not(exists(f:code)) or exists(f:system)": needs("code", "system"),
    "not(parent::f:contained and f:text)": not_in_contained("text"),
    "not(parent::f:contained and f:contained)": not_in_contained("contained"),
    "not(exists(for $id in f:contained/*/@id return $id[not(ancestor::f:contained/parent::*/descendant::f:reference"
    "/@value=concat('#', $id))]))": contained_referred_to,
    "empty(f:contained/*/f:meta/(f:versionId | f:lastUpdated))": contained_unversioned,
    "count(f:identifier | f:name) > 0": any_of("identifier", "name"),
    "count(f:use[@value='home']) = 0": not_at_home,
    "f:name or f:telecom or f:address or f:organization": any_of("name", "telecom", "address", "organization"),
    "not(exists(f:start)) or not(exists(f:end)) or (f:start/@value <= f:end/@value)": period_order,
}

# Publishers' longer wordings, by digest: the sentences are theirs, what they mean is not.
_PUBLISHED: dict[str, Fast] = {
    "300dc6f8bc716edd": only_when_type("request", "batch", "transaction", "history"),  # bdl-3, STU3
    "400fcf54bf44dad1": appointment_times,  # app-2, DSTU2
    "0a9c8a51a61ed2f2": full_url_with_resource,  # bdl-6, DSTU2
    "a469289cf7a5ce0c": full_urls_of_resources_distinct,  # bdl-7, DSTU2
    "2ae8543b21d780fd": contained_unversioned,  # dom-4, DSTU2
}
_PUBLISHED_STRUCTURAL = frozenset(["c7493ea3cdbdb458", "c2e28586dda659c3"])  # ref-1 of STU3 and of DSTU2

_FAST: dict[str, Fast] = STU3 | DSTU2


def fast_function(text: str) -> Fast | None:
    """The Python function that stands for an expression, None where there is none."""
    return _FAST.get(text) or _PUBLISHED.get(_digest(text))


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=8).hexdigest()
