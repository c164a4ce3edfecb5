"""Config: recorders with their mode and tags, a channel that tries its bucket, conformance packs.

What differs from AWS: nothing is recorded and no rule is ever evaluated, so that all are INSUFFICIENT_DATA.
https://docs.aws.amazon.com/config/latest/APIReference/API_Operations.html
"""

from sandbox.aws.extensions.config import packs, recorder, rules, tags

__all__ = ["packs", "recorder", "rules", "tags"]
