"""CloudTrail: trails with their selectors, the events they record, and their delivery.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Operations.html

What differs from AWS: an event is in the trail's log group with the call, and in its bucket a moment later, with the
first call after that; a digest file follows every log file instead of every hour, and is chained but not signed; of the
parameters of a call only the bucket and the key are recorded; there are no insights.
"""

from sandbox.aws.extensions.cloudtrail import lookup, trails

__all__ = ["lookup", "trails"]
