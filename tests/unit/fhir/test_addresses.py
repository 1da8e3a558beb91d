"""References and canonical URLs are read alike wherever they stand."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.fhir.addresses import CanonicalUrl, read_canonical, read_reference


@pytest.mark.parametrize(
    ("text", "form", "target", "version"),
    [
        ("Organization/7", "relative", "Organization/7", ""),
        ("Organization/7/_history/3", "relative", "Organization/7", "3"),
        ("https://p.example/A20047/STU3/1/Patient/9", "absolute", "Patient/9", ""),
        ("http://p.example/Patient/9/_history/a.b-2", "absolute", "Patient/9", "a.b-2"),
        ("#org", "contained", "#org", ""),
        ("urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7", "urn", "urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7", ""),
        ("https://p.example/records?id=7", "url", "https://p.example/records?id=7", ""),
        ("Dr Who", "none", "Dr Who", ""),
        ("organization/7", "none", "organization/7", ""),
        ("Organization/7 ", "none", "Organization/7 ", ""),
        (f"Patient/{'x' * 65}", "none", f"Patient/{'x' * 65}", ""),
    ],
)
def test_a_reference_is_read(text: str, form: str, target: str, version: str) -> None:
    found = read_reference(text)
    assert (found.form, found.target, found.version) == (form, target, version)


def test_what_a_reference_leads_to() -> None:
    found = read_reference("https://p.example/r/Location/3/_history/1")
    assert (found.base, found.type, found.id) == ("https://p.example/r/", "Location", "3")
    assert found.leads_to("Location")
    assert not found.leads_to("Patient")
    assert read_reference("#3").id == "3"
    assert not read_reference("#3").leads_to("Location")


@pytest.mark.parametrize("value", [None, 7, "", {"reference": "Patient/1"}, ["Patient/1"]])
def test_anything_but_text_is_no_reference(value: Any) -> None:
    assert read_reference(value).form == "none"


@pytest.mark.parametrize(
    ("text", "url", "suffix"),
    [
        ("https://fhir.nhs.uk/S/P-1", "https://fhir.nhs.uk/S/P-1", ""),
        ("https://fhir.nhs.uk/S/P-1|1.0.0", "https://fhir.nhs.uk/S/P-1", "|1.0.0"),
        ("https://fhir.nhs.uk/S/P-1/_history/1.8", "https://fhir.nhs.uk/S/P-1", "/_history/1.8"),
        ("https://fhir.nhs.uk/S/P-1/", "https://fhir.nhs.uk/S/P-1", "/"),
        ("https://fhir.nhs.uk/S/P-1/_history/1.8|2", "https://fhir.nhs.uk/S/P-1", "/_history/1.8|2"),
    ],
)
def test_a_canonical_url_is_read(text: str, url: str, suffix: str) -> None:
    assert read_canonical(text) == CanonicalUrl(url, suffix)


@pytest.mark.parametrize("value", [None, 7, ["https://fhir.nhs.uk/S/P-1"]])
def test_anything_but_text_is_no_canonical_url(value: Any) -> None:
    assert read_canonical(value) == CanonicalUrl("")
