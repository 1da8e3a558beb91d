"""What FHIR allows in the XHTML of a narrative.

Source: FHIR 1.0.2 and 3.0.1 "Narrative": rules txt-1, txt-2, and the text above them, which rules out scripts, forms, frames,
objects and event attributes.
"""

from __future__ import annotations

import re
from xml.parsers import expat

from conformance.fhir.definitions.element_definitions import words

XHTML = "http://www.w3.org/1999/xhtml"
ACTIVE = "it holds active content"  # how such a fault begins
# Rule txt-1 lists elements; its prose (HTML 4.0 chapters 7 to 11 and 15) has a few more, which are accepted as well.
ELEMENTS = words(
    """a abbr acronym address b big blockquote br caption cite code col colgroup dd dfn div dl dt em h1 h2 h3 h4 h5 h6
    hr i img kbd li ol p pre q s samp small span strike strong sub sup table tbody td tfoot th thead tr tt u ul var"""
)
ATTRIBUTES = words(
    """abbr accesskey align alt axis bgcolor border cellhalign cellpadding cellspacing cellvalign char charoff charset
    cite class colspan compact coords dir frame headers height href hreflang hspace id lang longdesc name nowrap rel rev
    rowspan rules scope shape span src start style summary tabindex title type valign value vspace width"""
)
ACTIVE_ELEMENTS = words(
    """applet audio base body button canvas embed form frame frameset head html iframe input link math meta noscript object
    script select style svg template textarea title video"""
)
_LINKS = words("cite href longdesc src")
_XML_LANG = "http://www.w3.org/XML/1998/namespace lang"
_SEPARATOR = " "
_BLANKS = re.compile(r"[\x00-\x20\x7f-\xa0\u200b\ufeff]+")
_RUNS = re.compile(r"(?:javascript|vbscript|livescript|mocha):|data:(?!image/(?!svg))", re.I)
_STYLE_NOISE = re.compile(r"/\*.*?(?:\*/|\Z)|[\x00-\x20\\]+", re.S)
_STYLE_RUNS = re.compile(r"expression\(|(?:java|vb)script:|behaviou?r:|-moz-binding|@import", re.I)


class _Fault(Exception):  # noqa: N818 -- ends the parse with what it found
    pass


class _Reader:
    """Follows the div; raises _Fault with what is wrong."""

    def __init__(self) -> None:
        self.depth = 0
        self.has_content = False

    def doctype(self, *_: object) -> None:
        raise _Fault("a narrative must not declare a document type or entities")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        namespace, _, name = tag.rpartition(_SEPARATOR)
        if self.depth == 0 and (namespace != XHTML or name != "div"):
            raise _Fault("it is not a div in the XHTML namespace")
        self.depth += 1
        if namespace != XHTML or name not in ELEMENTS:
            if name.lower() in ACTIVE_ELEMENTS:
                raise _Fault(f"{ACTIVE} or what belongs around a page: the element {name}")
            raise _Fault(f"the element {name[:40]} is not allowed in a narrative")
        for attribute, value in attributes.items():
            _check_attribute(attribute, value)
        self.has_content = self.has_content or (name == "img" and "src" in attributes)

    def end(self, _: str) -> None:
        self.depth -= 1

    def text(self, text: str) -> None:
        self.has_content = self.has_content or bool(text.strip())


def _check_attribute(name: str, value: str) -> None:
    if name not in ATTRIBUTES and name != _XML_LANG:
        if name.lower().startswith("on"):
            raise _Fault(f"{ACTIVE}: the attribute {name[:40]}")
        raise _Fault(f"the attribute {name.rpartition(_SEPARATOR)[2][:40]} is not allowed in a narrative")
    if name in _LINKS and _RUNS.match(_BLANKS.sub("", value[:1000])):
        raise _Fault(f"{ACTIVE}: the {name} {value.strip()[:40]!r}")
    if name == "style" and _STYLE_RUNS.search(_STYLE_NOISE.sub("", value)):
        raise _Fault(f"{ACTIVE}: the style {value.strip()[:40]!r}")


def xhtml_fault(text: str) -> str | None:
    """What is wrong with the narrative's div, None where nothing is. Comments and CDATA sections are content-neutral."""
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reader.doctype
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(text.encode("utf-8"), True)
    except _Fault as fault:
        return str(fault)
    except UnicodeEncodeError:
        return "it holds half of a surrogate pair, which is no character"
    except expat.ExpatError as error:
        return _not_well_formed(error)
    return None if reader.has_content else "its div has neither text nor image"


def _not_well_formed(error: expat.ExpatError) -> str:
    """Say it of HTML as well: its named entities and open tags are the commonest reasons."""
    reason = expat.ErrorString(error.code)
    if error.code == expat.errors.codes[expat.errors.XML_ERROR_UNDEFINED_ENTITY]:
        reason = "a named entity of HTML; XHTML has only &amp; &lt; &gt; &quot; &apos; and numeric ones"
    elif error.code == expat.errors.codes[expat.errors.XML_ERROR_TAG_MISMATCH]:
        reason = "a tag that is not closed, as HTML allows and XHTML does not"
    return f"it is not well-formed XHTML: {reason}, line {error.lineno}, column {error.offset + 1}"
