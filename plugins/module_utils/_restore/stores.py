# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The stores that can be tested, and how what their tests make is destroyed."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.iworkz.platform.plugins.module_utils._restore import (
    networks,
    opensearch,
    postgres,
    rabbitmq,
    redis,
    s3,
)
from ansible_collections.iworkz.platform.plugins.module_utils._restore.copies import Destroy
from ansible_collections.iworkz.platform.plugins.module_utils._restore.proof import StoreOf

TABLE: Mapping[str, StoreOf] = {
    postgres.STORE: postgres.Postgres,
    redis.STORE: redis.Redis,
    rabbitmq.STORE: rabbitmq.RabbitMQ,
    s3.STORE: s3.S3,
    opensearch.STORE: opensearch.OpenSearch,
}
DESTROY: Mapping[str, Destroy] = {
    networks.KIND: networks.destroy,
    postgres.KIND: postgres.destroy,
    redis.KIND: redis.destroy,
    rabbitmq.KIND: rabbitmq.destroy,
    s3.KIND: s3.destroy,
    opensearch.KIND: opensearch.destroy,
}
