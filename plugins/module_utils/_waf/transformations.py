# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Text transformations of AWS WAF, from bytes to bytes.

https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-transformation.html
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import html
import re
from collections.abc import Callable, Sequence
from typing import Any


class Undecidable(Exception):
    """What a statement says cannot be told outside AWS; the text names the part."""


SPACES = re.compile(rb"[\f\t\n\r\v\xa0 ]+")
COMMENT = re.compile(rb"/\*.*?(?:\*/|\Z)", re.DOTALL)
ESCAPES = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


def apply(value: bytes, transformations: Sequence[dict[str, Any]]) -> bytes:
    """A component after its transformations, in the order of their priorities.

    :raises Undecidable: for one whose work AWS does not tell exactly.
    """
    for one in sorted(transformations, key=lambda each: each["priority"]):
        if one["type"] not in TRANSFORMATIONS:
            raise Undecidable(f"text transformation {one['type']}")
        value = TRANSFORMATIONS[one["type"]](value)
    return value


def _url_decode(value: bytes) -> bytes:
    return re.sub(rb"%([0-9a-fA-F]{2})", lambda found: bytes([int(found[1], 16)]), value.replace(b"+", b" "))


def _url_decode_uni(value: bytes) -> bytes:
    """As URL_DECODE, and IIS's %uHHHH: the lower byte, where full width forms become the ASCII they stand for."""
    return _url_decode(re.sub(rb"%[uU]([0-9a-fA-F]{4})", lambda found: _narrow(int(found[1], 16)), value))


def _narrow(code: int) -> bytes:
    return bytes([(code & 0xFF) + 0x20 if 0xFF01 <= code <= 0xFF5E else code & 0xFF])


def _html_entities(value: bytes) -> bytes:
    return html.unescape(value.decode("latin-1")).encode("latin-1", "replace")


def _command_line(value: bytes) -> bytes:
    value = re.sub(rb"[\\\"'^]", b"", value)
    value = SPACES.sub(b" ", re.sub(rb"[,;]", b" ", value))
    return re.sub(rb" +([/(])", rb"\1", value).lower()


def _comments(value: bytes) -> bytes:
    return COMMENT.sub(b" ", value)


def _normal_path(value: bytes) -> bytes:
    """Without doubled slashes, ``.``, and ``..`` that has something to go up from."""
    kept: list[bytes] = []
    for part in value.split(b"/"):
        if part == b".." and kept and kept[-1] not in (b"", b".."):
            kept.pop()
        elif part not in (b"", b".") and not (part == b".." and kept == [] and value.startswith(b"/")):
            kept.append(part)
    path = b"/".join(kept)
    return (b"/" if value.startswith(b"/") else b"") + path + (b"/" if path and value.endswith(b"/") else b"")


def _base64(value: bytes) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error:
        return value


def _base64_lenient(value: bytes) -> bytes:
    """What can be decoded of it: other characters are passed over."""
    kept = re.sub(rb"[^A-Za-z0-9+/]", b"", value)
    kept = kept[:-1] if len(kept) % 4 == 1 else kept
    return base64.b64decode(kept + b"=" * (-len(kept) % 4))


def _hex(value: bytes) -> bytes:
    try:
        return bytes.fromhex(value.decode("ascii"))
    except ValueError:
        return value


def _sql_hex(value: bytes) -> bytes:
    return re.sub(rb"0[xX]((?:[0-9a-fA-F]{2})+)", lambda found: bytes.fromhex(found[1].decode()), value)


def _javascript(value: bytes) -> bytes:
    def decoded(found: re.Match[bytes]) -> bytes:
        code = found[1]
        if code[:1] in b"uU" and len(code) == 5:
            return _narrow(int(code[1:], 16))
        if code[:1] in b"xX" and len(code) == 3:
            return bytes([int(code[1:], 16)])
        if code.isdigit():
            return bytes([int(code, 8) & 0xFF])
        return ESCAPES.get(code, code)

    return re.sub(rb"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[0-3]?[0-7]{1,2}|.)", decoded, value, flags=re.DOTALL)


def _css(value: bytes) -> bytes:
    def decoded(found: re.Match[bytes]) -> bytes:
        return _narrow(int(found[1][-4:], 16)) if found[1] else found[2]

    return re.sub(
        rb"\\(?:([0-9a-fA-F]{1,6})\s?|\n|([^0-9a-fA-F]))", lambda f: decoded(f) if f[1] or f[2] else b"", value
    )


def _utf8_to_unicode(value: bytes) -> bytes:
    """Every character beyond ASCII as %uHHHH; bytes that are no UTF-8 stay."""
    text = value.decode("utf-8", "surrogateescape")
    return b"".join(
        bytes([ord(c) - 0xDC00]) if 0xDC80 <= ord(c) <= 0xDCFF else b"%%u%04x" % ord(c) if ord(c) > 0x7F else c.encode()
        for c in text
    )


TRANSFORMATIONS: dict[str, Callable[[bytes], bytes]] = {
    "NONE": lambda value: value,
    "LOWERCASE": bytes.lower,
    "UPPERCASE": bytes.upper,
    "TRIM": bytes.strip,
    "TRIM_LEFT": bytes.lstrip,
    "TRIM_RIGHT": bytes.rstrip,
    "REMOVE_WHITESPACE": lambda value: SPACES.sub(b"", value),
    "URL_DECODE": _url_decode,
    "URL_DECODE_UNI": _url_decode_uni,
    "HTML_ENTITY_DECODE": _html_entities,
    "COMPRESS_WHITE_SPACE": lambda value: SPACES.sub(b" ", value),
    "CMD_LINE": _command_line,
    "REPLACE_COMMENTS": _comments,
    "REPLACE_NULLS": lambda value: value.replace(b"\0", b" "),
    "REMOVE_NULLS": lambda value: value.replace(b"\0", b""),
    "NORMALIZE_PATH": _normal_path,
    "NORMALIZE_PATH_WIN": lambda value: _normal_path(value.replace(b"\\", b"/")),
    "BASE64_DECODE": _base64,
    "BASE64_DECODE_EXT": _base64_lenient,
    "HEX_DECODE": _hex,
    "SQL_HEX_DECODE": _sql_hex,
    "JS_DECODE": _javascript,
    "ESCAPE_SEQ_DECODE": _javascript,
    "CSS_DECODE": _css,
    "MD5": lambda value: hashlib.md5(value, usedforsecurity=False).hexdigest().encode(),
    "SHA256": lambda value: hashlib.sha256(value).hexdigest().encode(),
    "UTF8_TO_UNICODE": _utf8_to_unicode,
}
