"""Access strings of users: the rules of Redis's ACLs that ElastiCache takes."""

from __future__ import annotations

import re

from sandbox.aws.call import AwsError

CATEGORIES = """
keyspace read write set sortedset list hash string bitmap hyperloglog geo stream pubsub admin fast slow blocking
dangerous connection transaction scripting all
""".split()  # noqa: SIM905
WORDS = """
on off allkeys resetkeys allchannels resetchannels allcommands nocommands clearselectors sanitize-payload
skip-sanitize-payload
""".split()  # noqa: SIM905
RULE = re.compile(r"~\S+|&\S+|%R?W?~\S+|%W?R?~\S+|[+-][a-z][a-z0-9_.-]*(\|[a-z0-9_.-]+)?|[+-]@(?P<category>[a-z]+)")


# "An access string starts with on or off"; passwords are given separately.
# https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Clusters.RBAC.html#Access-string
def check(text: str) -> None:
    """InvalidParameterValue for an access string that Redis would not take."""
    words = text.replace("(", " ").replace(")", " ").split()
    if not words or words[0] not in ("on", "off"):
        raise AwsError("InvalidParameterValue", f"Access String {text!r} must begin with on or off.")
    for word in words:
        match = RULE.fullmatch(word)
        if word not in WORDS and (match is None or (match["category"] or "all") not in CATEGORIES):
            raise AwsError("InvalidParameterValue", f"Access String {text!r} has an unknown rule: {word}")
