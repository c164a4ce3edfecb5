"""The formats of names and such, each a function that says what is wrong with a value (None: nothing)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from datetime import datetime

Format = Callable[[str], "str | None"]

_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_NAME = r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?"
_ENDS = "must start and end with an alphanumeric character"


def _regex(pattern: str, length: int, what: str, example: str) -> Format:
    compiled = re.compile(pattern)
    message = f"{what} (e.g. {example}, regex used for validation is '{pattern}')"

    def check(value: str) -> str | None:
        if len(value) > length:
            return f"must be no more than {length} characters"
        return None if compiled.fullmatch(value) else message

    return check


label = _regex(
    _LABEL,
    63,
    f"a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and {_ENDS}",
    "'my-name', or '123-abc'",
)
label_1035 = _regex(
    r"[a-z]([-a-z0-9]*[a-z0-9])?",
    63,
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, "
    "and end with an alphanumeric character",
    "'my-name', or 'abc-123'",
)
subdomain = _regex(
    rf"{_LABEL}(\.{_LABEL})*",
    253,
    f"a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and {_ENDS}",
    "'example.com'",
)
wildcard_subdomain = _regex(
    rf"(\*\.)?{_LABEL}(\.{_LABEL})*",
    253,
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain",
    "'*.example.com'",
)
config_key = _regex(
    r"[-._a-zA-Z0-9]+",
    253,
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
    "'key.name', or 'KEY_NAME', or 'key-name'",
)
label_value = _regex(
    rf"({_NAME})?",
    63,
    f"a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and {_ENDS}",
    "'MyValue', or 'my_value', or '12345'",
)
environment_name = _regex(
    r"[^=\x00-\x1f\x7f]+",
    32768,
    "a valid environment variable name must consist only of printable ASCII characters other than '='",
    "'MY_VAR'",
)
path_segment = _regex(r"(?!\.\.?$)[^/%]+", 253, "may not be '.' or '..' and may not contain '/' or '%'", "'a:b'")
_name_part = _regex(
    _NAME, 63, f"name part must consist of alphanumeric characters, '-', '_' or '.', and {_ENDS}", "'MyName'"
)
_port_name = _regex(
    r"(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]*[a-z0-9])?",
    15,
    "must contain only alpha-numeric characters (a-z, 0-9) and hyphens (-), with at least one letter and no '--'",
    "'http-web'",
)


def qualified_name(value: str) -> str | None:
    """The key of a label, annotation or taint: [prefix/]name."""
    prefix, slash, name = value.rpartition("/")
    if slash:
        wrong = "prefix part must be non-empty" if not prefix else subdomain(prefix)
        if wrong:
            return f"prefix part {wrong}" if prefix else wrong
    return _name_part(name)


def annotation_key(value: str) -> str | None:
    return qualified_name(value.lower())


def port_or_name(value: str | int) -> str | None:
    """A targetPort: a number or the name of a port."""
    if isinstance(value, int):
        return None if 1 <= value <= 65535 else "must be between 1 and 65535, inclusive"
    return _port_name(value)


def amount_or_percentage(value: str | int) -> str | None:
    if isinstance(value, int):
        return None if value >= 0 else "must be greater than or equal to 0"
    return None if re.fullmatch(r"\d+%", value) else "a valid percent string must be a numeric string followed by '%'"


def ip(value: str) -> str | None:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
    return None


def cidr(value: str) -> str | None:
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        return "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
    return None if "/" in value else "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"


def date_time(value: str) -> str | None:
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        return "must be a time as RFC 3339 has it"
    return None if parsed.tzinfo and "T" in value else "must be a time as RFC 3339 has it"


_CRON_FIELD = r"(\*|[0-9A-Za-z]+(-[0-9A-Za-z]+)?)(/[0-9]+)?"
_CRON = re.compile(rf"{_CRON_FIELD}(,{_CRON_FIELD})*")


def cron(value: str) -> str | None:
    if re.fullmatch(r"@(yearly|annually|monthly|weekly|daily|midnight|hourly|every \d+[hms].*)", value):
        return None
    fields = value.replace("?", "*").split()
    if len(fields) != 5:
        return f"expected exactly 5 fields, found {len(fields)}: {fields}"
    for part, low, high in zip(fields, (0, 0, 1, 1, 0), (59, 23, 31, 12, 7), strict=True):
        numbers = [int(each) for each in re.findall(r"(?<!/)\b\d+", part)]
        if not _CRON.fullmatch(part) or any(not low <= each <= high for each in numbers):
            return f"failed to parse the field {part}"
    return None


FORMATS: dict[str, Format] = {
    "dns-label": label,
    "dns-label-1035": label_1035,
    "dns-subdomain": subdomain,
    "wildcard-subdomain": wildcard_subdomain,
    "config-key": config_key,
    "label-value": label_value,
    "qualified-name": qualified_name,
    "annotation-key": annotation_key,
    "environment-name": environment_name,
    "port-name": _port_name,
    "port-or-name": port_or_name,
    "amount-or-percentage": amount_or_percentage,
    "ip": ip,
    "ipv4": ip,
    "cidr": cidr,
    "date-time": date_time,
    "cron": cron,
}
