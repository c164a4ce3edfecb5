"""Tags that conditions of policies are about: those of a resource, and those that a request gives.

Known of EC2's resources and of keys, which have no names; None stands for tags that are not looked at.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.aws.call import Call

Tags = dict[str, str]


def held(call: Call, arn: str | None) -> Tags | None:
    """Those of a resource."""
    if arn is None:
        return None
    _, _, service, *_, resource = arn.split(":", 5)
    kind, _, identifier = resource.partition("/")
    if service == "ec2":
        return dict(call.backend("ec2").tags.get(identifier, {}))
    if (service, kind) == ("kms", "key"):
        return dict(call.backend("kms").tagger.get_tag_dict_for_resource(identifier))
    return None


def aliases(call: Call, arn: str | None) -> list[str] | None:
    """Those of a key, which conditions on kms:ResourceAliases are about; None of all else."""
    if arn is None or ":key/" not in arn:
        return None
    key = call.backend("kms").keys.get(arn.rpartition("/")[2])
    return sorted(key.aliases) if key else []


def asked(call: Call) -> Tags | None:
    """Those that the request gives to what it makes or tags."""
    if call.service == "ec2":
        given = [tag for one in call.params.get("TagSpecifications", []) for tag in one["Tags"]]
        return {tag["Key"]: tag["Value"] for tag in (*given, *call.params.get("Tags", []))}
    if call.service == "kms":
        return {tag["TagKey"]: tag["TagValue"] for tag in call.params.get("Tags", [])}
    return None
