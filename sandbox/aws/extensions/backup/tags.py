"""Tags of vaults, plans, recovery points and restore testing plans; moto takes them for anything, told or not."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.backup.plans import plans
from sandbox.aws.extensions.backup.restore_testing import tests
from sandbox.aws.extensions.backup.vaults import points


# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListTags.html
# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_TagResource.html
# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_UntagResource.html
@operation("backup", "ListTags", "TagResource", "UntagResource")
def tags(call: Call) -> dict[str, Any]:
    arn, backend = unquote(call.params["ResourceArn"]), call.backend()
    known = {
        *(vault.backup_vault_arn for vault in backend.vaults.values()),
        *(plan["BackupPlanArn"] for plan in plans(call).values()),
        *(test["RestoreTestingPlanArn"] for test in tests(call).values()),
        *points(call),
    }
    if arn not in known:
        raise AwsError("ResourceNotFoundException", f"Resource {arn} does not exist")
    if call.operation == "TagResource":
        backend.tag_resource(arn, call.params["Tags"])
    elif call.operation == "UntagResource":
        backend.untag_resource(arn, call.params["TagKeyList"])
    else:
        return {"Tags": backend.list_tags(arn)}
    return {}
