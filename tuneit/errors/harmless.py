"""Escapes untrusted texts for terminals and spreadsheets, and hides passwords in URLs."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote, unquote_plus

# ------------------------------------------------------------------ terminals

_UNSAFE = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters but for tab and line feed; begin sequences
    "\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # unseen, or
    # turning the direction of what follows. The joiners U+200C and U+200D are part of words.
    "\u2028\u2029"  # other ends of lines
    "\ud800-\udfff\U000e0000-\U000e007f"  # halves of characters, which no file can hold, and tags
    "]"
)


def for_terminal(text: str) -> str:
    r"""Escape control characters, as `\u001b`, so that a text cannot steer a terminal.

    Passwords in URLs are hidden.
    """
    return escaped(without_passwords(text))


def for_line(text: str) -> str:
    r"""`for_terminal` for one line: line feeds and tabs are escaped too."""
    return for_terminal(text).replace("\n", "\\n").replace("\t", "\\t")


def escaped(text: str) -> str:
    r"""Escape control characters as JSON does, `\u001b`: a JSON document keeps its meaning."""
    return _UNSAFE.sub(_spelt_out, text)


def _spelt_out(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))


# ------------------------------------------------------------------ spreadsheets

_FORMULA = re.compile(r"'*(?:[\t\r\n]|[\s\x00-\x1f\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20])")
"""How texts begin that a spreadsheet takes for a formula, behind any of our own quotes: with an
operator, also a wide one of East Asian scripts, behind what is not seen."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def for_spreadsheet(text: str) -> str:
    """Put a quote before a text that a spreadsheet would take for a formula.

    Numbers stay as they are. `from_spreadsheet` gives the text back.
    """
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def from_spreadsheet(text: str) -> str:
    """Undo `for_spreadsheet`."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


# ------------------------------------------------------------------ passwords

_SCHEME = r"([A-Za-z0-9+.\-]+)://"

_WHOLE_URL = re.compile(_SCHEME + "(.*)", re.DOTALL)

_URL = re.compile(
    # Each try begins where a word does, or a long text would take hours.
    r"(?<![A-Za-z0-9+.\-])" + _SCHEME +
    # A password with spaces, if its author forgot to encode it. Digits may be a port.
    r"((?:[^\s:/@]*:(?!\d+(?:[/\s?]|$))(?!\S*@)[^\n@]*@)?"
    r"\S*(?<![:,;'\")\]]))"
)
"""A URL as far as the sentence's own signs behind it."""

_HIDDEN = "***"

_HARMLESS = {
    *("host", "hostaddr", "port", "user", "dbname", "database", "service", "unix_socket"),
    *("sslmode", "application_name", "client_encoding", "charset", "driver"),
    *("connect_timeout", "timeout", "target_session_attrs", "mode", "cache", "uri"),
}
"""What a database's URL may say behind its `?` for all to see; other keys may hold a password."""


def without_passwords(text: str) -> str:
    """The text with `***` for the passwords of the URLs in it.

    That is what stands between the user's name and the last `@`, and, other than in web addresses,
    all values behind the `?` that are not known to be harmless.
    """
    return _URL.sub(lambda found: _split_url(found)[0], text)


def without_secrets_of(url: str, text: str) -> str:
    """The text without the passwords of one URL, however the text quotes or decodes them."""
    text = text.replace(url, without_passwords(url))
    found = _WHOLE_URL.fullmatch(url)
    secrets = _split_url(found)[1] if found else []
    forms = {form(s) for s in secrets for form in (str, unquote, unquote_plus)}
    forms |= {quote(form, safe) for form in forms for safe in ("", "/")}
    for form in sorted(forms - {""}, key=len, reverse=True):
        text = text.replace(form, _HIDDEN)
    return without_passwords(text)


def _split_url(found: re.Match[str]) -> tuple[str, list[str]]:
    """Return a URL as it may be shown, and the secrets in it."""
    scheme, rest = found[1], found[2]
    secrets = []
    # Up to the last @: a password may hold any sign, if its author forgot to encode it.
    name, at, place = rest.rpartition("@")
    user, colon, password = name.partition(":")
    if at and colon and not rest.startswith("/"):
        secrets.append(password)
        rest = f"{user}:{_HIDDEN}@{place}"
    body, mark, query = rest.partition("?")
    if mark and scheme.lower() not in ("http", "https"):
        pairs = re.split("([&;])", query)
        for index in range(0, len(pairs), 2):
            key, equals, value = pairs[index].partition("=")
            if equals and key.lower() not in _HARMLESS:
                secrets.append(value)
                pairs[index] = f"{key}={_HIDDEN}"
        query = "".join(pairs)
    return f"{scheme}://{body}{mark}{query}", secrets
