"""One API call as an extension sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from moto.core.request import Request

from sandbox.aws.identify import Target, identify, target_of
from sandbox.aws.protocol import AwsError, UnsupportedError, build_request, parse_request, parse_response

if TYPE_CHECKING:
    from sandbox.aws.app import Application

__all__ = ["AwsError", "Call", "UnsupportedError"]


class Call:
    """The request of an operation, with what a handler needs to answer it.

    Calls run one at a time, so a handler needs no locks.
    """

    def __init__(self, application: Application, request: Request, target: Target, account: str) -> None:
        self._application = application
        self._request = request
        self.target = target
        self.service = target.service
        self.operation = target.operation
        self.region = target.region
        self.account = account
        self.access_key = target.access_key
        self.planes = application.planes
        """The data planes; None in a sandbox without them."""

    @cached_property
    def params(self) -> dict[str, Any]:
        """The parameters, as given to the boto3 method; absent ones are absent."""
        return parse_request(self._request, self.target)

    @property
    def query(self) -> Mapping[str, str]:
        """The parameters of the URL: those of a presigned one among them."""
        arguments: Mapping[str, str] = self._request.args
        return arguments

    @property
    def source_address(self) -> str:
        return self._request.remote_addr or "127.0.0.1"

    @property
    def user_agent(self) -> str:
        return str(self._request.headers.get("User-Agent", ""))

    def calls(self) -> list[dict[str, Any]]:
        """The log of calls, the oldest first; see calllog.py for an entry."""
        return list(self._application.log.since(0)["calls"])

    def moto(self, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run moto's own handler; its output, or the AwsError it answers.

        With the request as it came, or with other parameters when they are given.
        """
        request = self._request
        if params is not None:
            request = build_request(request.environ, self.target, params)
        return parse_response(self.target, self._application.run_moto(request, self.target))

    def ask(self, service: str, operation: str, *, region: str | None = None, **params: Any) -> dict[str, Any]:
        """Another operation, in the same account (and region, unless told); its output, or the AwsError it answers."""
        target = target_of(service, operation, region or self.region, self.access_key)
        request = build_request(self._request.environ, target, params)
        found = identify(request)
        assert found is not None, f"{service} {operation} is not recognised in its own request"
        return parse_response(found, self._application.handle(request, found))

    def backend(self, service: str | None = None, region: str | None = None) -> Any:
        """moto's backend of a service (moto's module name, by default this call's) in this account.

        `region` defaults to the call's; global services (iam, s3, sts) have one backend for all regions.
        """
        from moto.backends import get_backend

        backends = get_backend((service or self.service).replace("-", ""))[self.account]
        region = region or self.region
        return backends[region] if region in backends else backends["global"]

    def store(self, name: str, region: str | None = None) -> dict[Any, Any]:
        """A dict of this account and region that is kept across restarts: for what moto has no place for.

        Names are `<service>.<what>`; values must be picklable. `region="global"` for global services.
        """
        return self._application.store.data.setdefault((self.account, region or self.region, name), {})

    def begin(
        self,
        kind: str,
        key: str,
        *states: str,
        then: Callable[[], Any] | None = None,
        until: Callable[[], bool] | None = None,
    ) -> None:
        """Show `states`, one after the other, for a resource before it settles; see transitions.py.

        kind: `<service>.<resource>`. then: run once it has settled. until: the last state shows until this is true,
        such as `partial(call.planes.settled, "rabbitmq", key)`. Both picklable (a function of a module or a
        functools.partial of one).
        """
        key_of = (self.account, self.region, kind, key)
        self._application.store.transitions.begin(key_of, states, then, until)

    def state(self, kind: str, key: str, settled: str) -> str:
        """The state of a resource now: the one of a running transition, else `settled`."""
        return self._application.store.transitions.current((self.account, self.region, kind, key)) or settled
