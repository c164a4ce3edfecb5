"""Firehose: whether a delivery stream is encrypted, which moto keeps only once it has been changed."""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.extensions import operation


# https://docs.aws.amazon.com/firehose/latest/APIReference/API_CreateDeliveryStream.html
@operation("firehose", "CreateDeliveryStream")
def create(call: Call) -> dict[str, Any]:
    answer = call.moto()
    stream = call.backend().delivery_streams[call.params["DeliveryStreamName"]]
    wanted = call.params.get("DeliveryStreamEncryptionConfigurationInput")
    stream.delivery_stream_encryption_configuration = {
        **(wanted or {}),
        "Status": "ENABLED" if wanted else "DISABLED",
    }
    return answer
