# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Regular expressions as AWS WAF takes them: PCRE without what looks around, goes back or keeps what it has taken.

https://docs.aws.amazon.com/waf/latest/developerguide/waf-regex-pattern-support.html
"""

from __future__ import annotations

import re
from functools import lru_cache

LONGEST = 512
CLASSES = re.compile(r"(?<!\\)\[\^?\]?(?:\\.|[^\]\\])*\]")
# What Python's own engine would take and AWS WAF refuses.
REFUSED = {
    r"\(\?<?[=!]": "lookahead and lookbehind",
    r"\(\?P?[<'](?![=!])|\(\?P=|\\k[<{']|\\[1-9]|\\g": "named groups and backreferences",
    r"\(\?>|[*+?}]\+": "atomic groups and possessive quantifiers",
    r"\(\?\(": "conditional patterns",
    r"\(\?(?:R|[0-9&])|\(\?P>": "recursion",
    r"\(\?#|\(\*": "comments and control verbs",
    r"\\[CRKXG]": "\\C, \\G, \\K, \\R and \\X",
}


def problem(pattern: str) -> str | None:
    """Why AWS WAF would refuse a regular expression, None if it would not."""
    if not 1 <= len(pattern.encode()) <= LONGEST:
        return f"it has {len(pattern.encode())} bytes; allowed are 1 to {LONGEST}"
    bare = CLASSES.sub("x", re.sub(r"\\\\", "", pattern))
    for refused, what in REFUSED.items():
        if re.search(rf"(?<!\\){refused}" if refused.startswith(r"\(") else refused, bare):
            return f"{what} cannot be used"
    try:
        compiled(pattern)
    except re.error as error:
        return f"{error.msg} at position {error.pos}"
    return None


@lru_cache(maxsize=256)
def compiled(pattern: str) -> re.Pattern[bytes]:
    """A pattern over bytes, as WAF matches: multiline off, ``.`` without line ends. Raises re.error."""
    return re.compile(pattern.encode())
