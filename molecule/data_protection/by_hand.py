"""What people do to personal data and no role mends: `by_hand.py break`, and `by_hand.py undo`.

Standard input is JSON: `aws` (options of the connection), `prefix` and `ca_bundle`.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import boto3
import psycopg

# Somebody's consent turned round by the owner of the log, who covers it up; twice, it is what it was.
TURN_CONSENT = [
    "GRANT UPDATE ON consent.log TO data_protector",
    "ALTER TABLE consent.log DISABLE TRIGGER refuse_row",
    "UPDATE consent.log SET given = NOT given WHERE number = 1",
    "ALTER TABLE consent.log ENABLE TRIGGER refuse_row",
    "REVOKE UPDATE ON consent.log FROM data_protector",
]
# By database and secret: what is done, and what undoes it.
STATEMENTS = {
    # A table that is in no inventory.
    ("identity", "identity-migrate"): (
        ["CREATE TABLE identity.exported_for_marketing (email text)"],
        ["DROP TABLE identity.exported_for_marketing"],
    ),
    ("identity", "data_protector"): (TURN_CONSENT, TURN_CONSENT),
    # A row that the last run of the retention schedule should have deleted.
    ("notification", "notification-migrate"): (
        [
            "INSERT INTO notification.deliveries SELECT 'by-hand', subject_id, 'mail', 'welcome', '-', 'sent',"
            " now() - interval '3 years' FROM notification.contacts LIMIT 1"
        ],
        ["DELETE FROM notification.deliveries WHERE delivery_id = 'by-hand'"],
    ),
}


def main(undo: bool, world: dict[str, Any]) -> None:
    aws, prefix = world["aws"], world["prefix"]

    make: Any = boto3.client

    def client(service: str) -> Any:
        return make(
            service,
            region_name=aws["region"],
            endpoint_url=aws["endpoint_url"],
            aws_access_key_id=aws["access_key"],
            aws_secret_access_key=aws["secret_key"],
        )

    (instance,) = client("rds").describe_db_instances(DBInstanceIdentifier=f"{prefix}-postgres")["DBInstances"]
    for (database, secret), statements in STATEMENTS.items():
        found = client("secretsmanager").get_secret_value(SecretId=f"{prefix}/postgres/{secret}")
        user = json.loads(found["SecretString"])
        with psycopg.connect(
            host=instance["Endpoint"]["Address"],
            port=instance["Endpoint"]["Port"],
            dbname=database,
            user=user["username"],
            password=user["password"],
            sslmode="verify-full",
            sslrootcert=world["ca_bundle"],
        ) as session:
            for statement in statements[undo]:
                session.execute(statement.encode())
    group = f"/{prefix}-by-hand"
    if undo:
        client("cloudtrail").start_logging(Name=f"{prefix}-data")
        client("logs").delete_log_group(logGroupName=group)
    else:
        client("cloudtrail").stop_logging(Name=f"{prefix}-data")
        client("logs").create_log_group(logGroupName=group)


if __name__ == "__main__":
    main(sys.argv[1] == "undo", json.load(sys.stdin))
