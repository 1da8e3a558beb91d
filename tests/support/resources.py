"""Resources made up from the layout of types, for property tests: valid in form, meaningless in content."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from conformance.fhir.definitions.element_layout import Layout, Member

TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), include_characters="\t\n\r&<>\"'"), min_size=1, max_size=8
)
NARRATIVES = [
    '<div xmlns="http://www.w3.org/1999/xhtml">text</div>',
    '<div xmlns="http://www.w3.org/1999/xhtml"/>',
    "<div xmlns='http://www.w3.org/1999/xhtml' title='a>b'>\r\n<p>&#160;é &amp; &lt;<br/><b></b><!-- c --></p>\n</div>",
    '<div xmlns="http://www.w3.org/1999/xhtml" xmlns:x="urn:x"><p x:y="1"><![CDATA[<&]]></p></div >',
    '<div xmlns="http://www.w3.org/1999/xhtml"><br/></div>',
    '<div xmlns="http://www.w3.org/1999/xhtml" title="/"></div>',
    "<div\n xmlns='http://www.w3.org/1999/xhtml'\n/>",
]  # fmt: skip
NARRATIVE = st.sampled_from(NARRATIVES)
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12)


def _decimal(value: Decimal) -> int | Decimal:
    """As a reader of JSON gives it: a whole number without a point is an int."""
    text = format(value, "f")
    return Decimal(text) if "." in text or text == "-0" else int(text)


PRIMITIVES: dict[str, st.SearchStrategy[Any]] = {
    "boolean": st.booleans(),
    "integer": st.integers(-(10**9), 10**9),
    "positiveInt": st.integers(1, 10**9),
    "unsignedInt": st.integers(0, 10**9),
    "decimal": DECIMALS.map(_decimal),
}


def resources(layout: Layout, kinds: tuple[str, ...], depth: int = 3) -> st.SearchStrategy[dict[str, Any]]:
    """Resources of the given types, nested no deeper than `depth` levels of elements."""

    @st.composite
    def make(draw: st.DrawFn) -> dict[str, Any]:
        return _resource(draw, layout, draw(st.sampled_from(kinds)), depth)

    return make()


def _resource(draw: st.DrawFn, layout: Layout, kind: str, depth: int) -> dict[str, Any]:
    return {"resourceType": kind, **_object(draw, layout, kind, depth)}


def _object(draw: st.DrawFn, layout: Layout, type_name: str, depth: int) -> dict[str, Any]:
    members = layout.members(type_name)
    assert members, type_name
    chosen = draw(st.lists(st.sampled_from(sorted(members)), max_size=4, unique=True))
    result: dict[str, Any] = {}
    for name in chosen:
        _put(draw, layout, result, members[name], depth)
    return result or {"id": draw(TEXT)}


def _put(draw: st.DrawFn, layout: Layout, result: dict[str, Any], member: Member, depth: int) -> None:
    if member.form == "primitive" and not member.is_attribute:
        _put_primitive(draw, layout, result, member, depth)
    elif member.is_attribute:
        result[member.name] = draw(TEXT)
    elif depth or member.form == "xhtml":
        count = draw(st.integers(1, 2)) if member.is_list else 1
        values = [_value(draw, layout, member, depth - 1) for _ in range(count)]
        result[member.name] = values if member.is_list else values[0]


def _value(draw: st.DrawFn, layout: Layout, member: Member, depth: int) -> Any:
    if member.form == "xhtml":
        return draw(NARRATIVE)
    if member.form == "resource":
        return _resource(draw, layout, draw(st.sampled_from(("Slot", "Patient", "Binary"))), depth)
    return _object(draw, layout, member.type, depth)


def _put_primitive(draw: st.DrawFn, layout: Layout, result: dict[str, Any], member: Member, depth: int) -> None:
    pairs = [_primitive(draw, member, depth) for _ in range(draw(st.integers(1, 3)) if member.is_list else 1)]
    values, extras = [value for value, _ in pairs], [extra for _, extra in pairs]
    if any(value is not None for value in values):
        result[member.name] = values if member.is_list else values[0]
    if any(extra is not None for extra in extras):
        result["_" + member.name] = extras if member.is_list else extras[0]


def _primitive(draw: st.DrawFn, member: Member, depth: int) -> tuple[Any, Any]:
    extra = None
    if depth and draw(st.integers(0, 4)) == 0:
        extra = draw(st.sampled_from([{"id": "i"}, {"extension": [{"url": "urn:u", "valueCode": "c"}]}]))
    value = draw(PRIMITIVES.get(member.type, TEXT))
    return (None if extra is not None and draw(st.booleans()) else value), extra
