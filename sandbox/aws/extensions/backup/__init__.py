"""AWS Backup: vaults and their locks, plans, selections, jobs, recovery points, copies, restore tests.

https://docs.aws.amazon.com/aws-backup/latest/devguide/API_Operations.html

What differs from AWS: a plan never runs by itself, nothing expires, and no restore test is run. Of a DB instance a
recovery point is the snapshot that CreateDBSnapshot makes; of a file system, a table or a bucket it is a record only. A
job's end is noticed, and its event sent, when somebody asks for the job, the recovery points or the vault.
"""

from sandbox.aws.extensions.backup import (
    copies,
    jobs,
    plans,
    points,
    restore_testing,
    selections,
    settings,
    tags,
    vaults,
)

__all__ = ["copies", "jobs", "plans", "points", "restore_testing", "selections", "settings", "tags", "vaults"]
