"""Certificate Manager: certificates that are issued when, and only when, their validation records are in the zone.

https://docs.aws.amazon.com/acm/latest/APIReference/API_Operations.html
https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html

What differs from AWS: the public DNS is this account's own public zones, and a zone counts as delegated; issuing takes
a moment instead of minutes; validation by mail and private authorities are left to moto; nothing is renewed, for no
sandbox lives that long.
"""

from sandbox.aws.extensions.acm import certificates

__all__ = ["certificates"]
