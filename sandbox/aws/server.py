"""The server process: `python -m sandbox.aws.server --port N --state DIR [--planes SOCKET] [--transition-seconds S]`.

Exit codes: 0 asked to stop, 78 the state on disk is not of this version, 98 the port is taken.
"""

from __future__ import annotations

import argparse
import errno
import os
import signal
import sys
import threading
import warnings
from pathlib import Path

EXIT_STATE = 78
EXIT_PORT = 98

# Read by moto. Certificates are validated at once instead of after a minute; the catalogue of machine images, four
# fifths of an otherwise empty account, is left out.
os.environ.setdefault("MOTO_ACM_VALIDATION_WAIT", "1")
os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox.aws.server", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, required=True, help="directory of the sandbox")
    parser.add_argument("--planes", type=Path, default=None, help="socket of the data planes, to be bound to them")
    parser.add_argument("--transition-seconds", type=float, default=None)
    options = parser.parse_args(arguments)
    os.environ["MOTO_PORT"] = str(options.port)
    # Throttling, expired credentials and our 501 are in no service's model.
    warnings.filterwarnings("ignore", message=".*does not match an error shape")

    from sandbox.aws.app import Application
    from sandbox.aws.calllog import CallLog
    from sandbox.aws.http import Server
    from sandbox.aws.store import StateMismatchError, Store
    from sandbox.planes.client import Planes

    directory = options.state.resolve() / "aws"
    directory.mkdir(parents=True, exist_ok=True)
    seconds = None if options.transition_seconds is None else {"default": options.transition_seconds}
    store = Store(directory, seconds)
    try:
        store.load()
    except StateMismatchError as error:
        print(error, file=sys.stderr)
        return EXIT_STATE
    application = Application(store, CallLog(directory), Planes(options.planes) if options.planes else None)
    try:
        server = Server(options.port, application)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        print(f"port {options.port} is in use by another process", file=sys.stderr)
        return EXIT_PORT
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    threading.Thread(target=server.serve_forever, name="server", daemon=True).start()
    print(f"AWS sandbox on http://127.0.0.1:{options.port}, state in {directory}", flush=True)
    stop.wait()
    server.shutdown()
    application.save()
    return 0


if __name__ == "__main__":
    sys.exit(main())
