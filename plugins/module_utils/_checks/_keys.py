# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The platform's own keys, a fact that several checks share."""

from __future__ import annotations

from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import World


def vault_key(world: World) -> str:
    """Alias of the key that encrypts My Numbers."""
    return f"alias/{world.platform.prefix}-my-number"


def data_key(world: World) -> str | None:
    """ARN of the key that encrypts the platform's data (kms:DescribeKey), None if there is none."""
    client = world.client("kms")
    alias = f"alias/{world.platform.name}-{world.platform.environment}-data"
    try:
        return str(client.describe_key(KeyId=alias)["KeyMetadata"]["Arn"])
    except client.exceptions.NotFoundException:
        return None
