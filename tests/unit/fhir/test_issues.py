from __future__ import annotations

from conformance.fhir.issues import Issue, Location, Severity, path_of, pointer_of, shorten

PLACE: Location = (((((None, "Bundle"), "entry"), 2), "resource"), "start")


def test_a_location_is_a_path_and_a_pointer() -> None:
    assert path_of(PLACE) == "Bundle.entry[2].resource.start"
    assert pointer_of(PLACE) == "/entry/2/resource/start"
    assert (path_of((None, "Slot")), pointer_of((None, "Slot"))) == ("Slot", "")


def test_a_pointer_escapes_and_a_path_is_short() -> None:
    assert pointer_of(((None, "Slot"), "a/b~c")) == "/a~1b~0c"
    assert len(path_of(((None, "Slot"), "x" * 10_000))) < 100


def test_only_an_error_about_content_makes_an_instance_invalid() -> None:
    issue = Issue(Severity.ERROR, "x", "x", "Slot", "")
    assert issue.is_error
    assert not Issue(Severity.WARNING, "x", "x", "Slot", "").is_error
    assert not Issue(Severity.ERROR, "x", "x", "Slot", "", kind="definition").is_error


def test_values_are_shown_short_and_in_json_terms() -> None:
    shown = [shorten(value) for value in (None, True, {"a": 1}, [1, 2], 3, "text", 10**5000)]
    assert shown == ["null", "true", "an object", "a list of 2", "3", "text", "a very large number"]
    assert len(shorten("x" * 1000)) == 80
