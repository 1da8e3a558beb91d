"""Secrets in many forms, and a reader that looks for them: it decodes by Python's own means, not by ours."""

from __future__ import annotations

import base64
import binascii
import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, unquote

GIVEN, FAMILY, NUMBER, BORN = "Zoë", "Quíllfeather-O'Marrow", "9476719931", "1984-02-29"
NAME = f"{GIVEN} {FAMILY}"
PASSWORD, API_KEY = "k3y-Pass&wörd", "9f8b7c6d5e4f3a2b1c0dQ"


@dataclass(frozen=True, slots=True)
class Form:
    """A secret in one form; `looked_for` is what a reader must not find, in small letters without accents or signs."""

    name: str
    planted: str
    looked_for: tuple[str, ...]

    @property
    def keeps_length(self) -> bool:
        """Whether its mask has the same length: a decimal entity of two digits may become one of three."""
        return "entities" not in self.name


def _chars(text: str, pattern: str) -> str:
    return "".join(pattern.format(ord(char)) for char in text)


def _percent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def _base64(text: str, encoding: str = "utf-8") -> str:
    return base64.b64encode(text.encode(encoding)).decode()


def _token(claims: str) -> str:
    parts = ('{"alg":"none","typ":"JWT"}', claims)
    return ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts) + "."


def _wide(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


_WORDS = ("quillfeather", "omarrow")
_PLAIN_NAME = NAME.replace("ë", "e").replace("í", "i")
_NAMES = {
    "as configured": NAME,
    "capitals": NAME.upper(),
    "small letters": NAME.lower(),
    "family alone": FAMILY,
    "family first": f"{FAMILY}, {GIVEN}",
    "without accents": _PLAIN_NAME,
    "without accents, capitals": _PLAIN_NAME.upper(),
    "accents apart (NFD)": unicodedata.normalize("NFD", NAME),
    "curly apostrophe": NAME.replace("'", "\u2019"),
    "full-width": _wide(_PLAIN_NAME),
    "joined": re.sub("[ '-]", "", _PLAIN_NAME),
    "underscores": _PLAIN_NAME.replace(" ", "_"),
    "e-mail address": "zoe.quillfeather@mail.example",
    "no-break spaces": NAME.replace(" ", "\u00a0"),
    "zero-width spaces": "\u200b".join(NAME),
    "soft hyphens": "Quíll\u00adfeather",
    "a NUL behind each": "\x00".join(_PLAIN_NAME),
    "read as Latin-1": NAME.encode().decode("latin-1"),
    "percent": quote(NAME, safe=""),
    "percent, small hex": quote(NAME, safe="").replace("%C3%AB", "%c3%ab"),
    "percent, all": _percent(NAME),
    "percent twice": quote(quote(NAME, safe="")),
    "percent, Latin-1": quote(NAME, safe="", encoding="latin-1"),
    "plus for blank": quote(NAME, safe="").replace("%20", "+"),
    "JSON escapes": _chars(NAME, "\\u{:04x}"),
    "JSON escapes, accents": NAME.replace("ë", "\\u00eb").replace("í", "\\u00ed"),
    "JSON escapes, capitals": _chars(NAME, "\\u{:04X}"),
    "hex escapes": _chars(NAME, "\\x{:02x}"),
    "decimal entities": _chars(NAME, "&#{};"),
    "padded entities": _chars(NAME, "&#{:05};"),
    "hex entities": _chars(NAME, "&#x{:x};"),
    "named entities": "Zo&euml; Qu&iacute;llfeather-O&apos;Marrow",
    "entities twice": html.escape(_chars(NAME, "&#{};")),
    "percent of entities": quote(_chars(NAME, "&#{};"), safe=""),
    "base64": _base64(NAME),
    "base64, no padding": _base64(NAME + " a").rstrip("="),
    "base64url": base64.urlsafe_b64encode(f"{NAME}???".encode()).decode(),
    "base64 of UTF-16": _base64(NAME, "utf-16"),
    "base64 of JSON escapes": _base64(_chars(NAME, "\\u{:04x}")),
    "base64 twice": _base64(_base64(NAME)),
    "base64 behind a slash": f"path/{_base64(NAME)}",
    "base64 in lines": _base64("x" * 57) + "\n" + _base64(NAME),
    "claims of a token": _token(f'{{"sub":"{NAME}"}}'),
    "percent in base64": _base64(quote(NAME, safe="")),
    "unclosed XML": f'<name><family value="{FAMILY}',
    "XML in either quote": f"<family value=\"{FAMILY}\"/><x value='Quíllfeather'/>",
    "HTML": f"<b>{GIVEN}</b>&nbsp;<i>{FAMILY}</i>",
    "comment": f"<!-- {NAME} -->",
    "CDATA": f"<![CDATA[{NAME}]]>",
}
_NUMBERS = {
    "as configured": NUMBER,
    "3-3-4 blanks": "947 671 9931",
    "dashes": "947-671-9931",
    "dots": "947.671.9931",
    "slashes": "947/671/9931",
    "underscores": "947_671_9931",
    "no-break spaces": "947\u00a0671\u00a09931",
    "thin spaces": "947\u2009671\u20099931",
    "a blank behind each": " ".join(NUMBER),
    "lines": "947\n671\n9931",
    "comma and blank": "947, 671, 9931",
    "pairs": "94-76-71-99-31",
    "percent": _percent(NUMBER),
    "percent blanks": "947%20671%209931",
    "behind a percent": f"x%7C{NUMBER}%26y",
    "JSON escapes": _chars(NUMBER, "\\u{:04x}"),
    "one JSON escape": f"\\u0039{NUMBER[1:]}",
    "decimal entities": _chars(NUMBER, "&#{};"),
    "hex entities": _chars(NUMBER, "&#x{:x};"),
    "full-width": _wide(NUMBER),
    "Arabic-Indic": "".join(chr(0x660 + int(digit)) for digit in NUMBER),
    "base64": _base64(f"{NUMBER} "),
    "base64url": _base64(f"id={NUMBER}").rstrip("="),
    "claims of a token": _token(f'{{"id":"{NUMBER}"}}'),
    "wrong check digit": "9476719932",
    "one digit wrong": "9476319931",
    "last digit lost": "947671993",
    "first digit lost": "476719931",
    "two digits lost": "94767199",
    "one digit more": f"{NUMBER}7",
    "one digit in front": f"1{NUMBER}",
    "behind letters": f"nhs{NUMBER}x",
    "two in a row": f"{NUMBER} {NUMBER}",
    "behind another number": f"12 {NUMBER}",
    "a NUL behind each": "\x00".join(NUMBER),
}
_BIRTHS = {
    "ISO": BORN,
    "instant": f"{BORN}T10:00:00Z",
    "slashes": "29/02/1984",
    "dashes": "29-02-1984",
    "dots": "29.02.1984",
    "no signs": "19840229",
    "no zeros": "29/2/1984",
    "month in words": "29 February 1984",
    "short month": "29-Feb-1984",
    "capitals": "29 FEB 1984",
    "month first": "February 29, 1984",
    "percent": quote("29/02/1984", safe=""),
    "entities": _chars(BORN, "&#{};"),
    "base64": _base64(f"born {BORN}"),
}
_SECRETS = {
    "password": PASSWORD,
    "password, percent": quote(PASSWORD, safe=""),
    "password, JSON": PASSWORD.replace("ö", "\\u00f6"),
    "password, entities": html.escape(PASSWORD),
    "password, base64": _base64(f"user:{PASSWORD}"),
    "password, Latin-1": PASSWORD.encode().decode("latin-1"),
    "parameter called token": f"?access_token={API_KEY}",
    "parameter of any name": f"?zz={API_KEY}&n=1",
    "password in a URL": f"https://me:{API_KEY}@host/x",
    "private key": f"-----BEGIN EC PRIVATE KEY-----\n{API_KEY}\n-----END EC PRIVATE KEY-----",
    "signed token": f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.{API_KEY}",
}


def forms() -> Iterator[Form]:
    """Every form of every secret."""
    yield from (Form(f"name, {name}", planted, _WORDS) for name, planted in _NAMES.items())
    yield from (Form(f"number, {name}", planted, _number_parts(planted)) for name, planted in _NUMBERS.items())
    yield from (Form(f"birth, {name}", planted, _birth(planted)) for name, planted in _BIRTHS.items())
    yield from (
        Form(f"secret, {name}", planted, (reduced(PASSWORD), reduced(API_KEY))) for name, planted in _SECRETS.items()
    )


def _number_parts(planted: str) -> tuple[str, ...]:
    return (NUMBER[:7], NUMBER[1:9], NUMBER[3:], *([planted] if planted.isdigit() else []))


def _birth(_planted: str) -> tuple[str, ...]:
    return ("19840229", "29021984", "2921984", "29february1984", "29feb1984", "february291984")


def reduced(text: str) -> str:
    """A text in small letters, without accents and signs."""
    plain = unicodedata.normalize("NFKD", text).lower()
    return "".join(char for char in plain if char.isalnum())


def readings(data: bytes) -> str:
    """Everything that can be read out of bytes, one reading behind the other, reduced."""
    texts = {data.decode("utf-8", "replace"), data.decode("latin-1")}
    texts |= {data.decode(name, "ignore") for name in ("utf-16-le", "utf-16-be")}
    done: set[str] = set()
    for _ in range(4):
        more: set[str] = set()
        for text in texts - done:
            more.update(_decodings(text))
        done |= texts
        texts |= more
    return "\n".join(sorted({reduced(text) for text in texts}))


def _decodings(text: str) -> Iterator[str]:
    yield unquote(text)
    yield unquote(text, encoding="latin-1")
    yield html.unescape(text)
    yield re.sub(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})", lambda match: chr(int(match[1] or match[2], 16)), text)
    yield re.sub("<[^<>]*>", "", text)
    yield text.encode("latin-1", "ignore").decode("utf-8", "ignore")
    for run in re.findall(r"[A-Za-z0-9+/_-]{12,}", text):
        for part in {run, *run.split("/"), run.partition("/")[2]}:
            letters = part.translate(str.maketrans("-_", "+/"))
            try:
                data = base64.b64decode(letters + "=" * (-len(letters) % 4))
            except (ValueError, binascii.Error):
                continue
            yield data.decode("utf-8", "ignore")
            yield data.decode("utf-16", "ignore")


def found(form: Form, data: bytes) -> list[str]:
    """What a reader finds in bytes of what must not be found."""
    text = readings(data)
    return [secret for secret in form.looked_for if secret in text]
