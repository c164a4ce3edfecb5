"""What AWS does by itself besides answering calls: trails record them, stores ship their logs.

It is done with a call, under the same lock, so that an idle sandbox does nothing at all and nothing is in the log of
calls that nobody asked for.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from sandbox.aws.extensions.cloudtrail import delivery
from sandbox.aws.extensions.rds import logs

if TYPE_CHECKING:
    from sandbox.aws.call import Call
    from sandbox.aws.protocol import Response


def before(call: Call) -> bool:
    """What was due before a call is there for it to see. Whether anything was."""
    return sum(_done(work, call) for work in (logs.ship_due, delivery.deliver_due)) > 0


def after(call: Call, response: Response) -> bool:
    """Whether a trail recorded the call."""
    return _done(partial(delivery.record, response=response), call)


def _done(work: Callable[[Call], bool], call: Call) -> bool:
    """What goes wrong here is no answer to the call: as of AWS, it is only to be seen in what is missing, and here in
    the log of the server."""
    try:
        return work(call)
    except Exception:
        traceback.print_exc()
        return False
