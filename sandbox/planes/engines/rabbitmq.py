"""RabbitMQ brokers of one node each, with AMQP and the management API over TLS, as Amazon MQ offers them.

A server takes seconds to start, so the first one starts with the sandbox and waits for a broker to become; a deleted
broker's server is emptied and waits again. Differences from Amazon MQ: one node instead of three in
CLUSTER_MULTI_AZ; RabbitMQ 3.10 whatever the version asked for; the console's port is 15671 instead of 443, which an
unprivileged account can't have.
"""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sandbox.planes.engine import Endpoint, Engine, Plane
from sandbox.planes.host import Host

HOME = Path("/usr/lib/rabbitmq")
AMQPS = 5671
CONSOLE = 15671
METRICS = 15692
"""In the clear, for the sandbox's Prometheus; Amazon MQ has no such port."""
START_SECONDS = 90
STOP_SECONDS = 15
EPMD = "rabbitmq-epmd"
PORTS = range(20000, 30000)
"""For Erlang's own protocols, which listen or look for listeners on all addresses: below the ephemeral ones."""

# Fewer than its 60 plugins to look through make it start a fifth faster.
PLUGINS = (
    *("rabbitmq_management", "rabbitmq_management_agent", "rabbitmq_web_dispatch", "rabbitmq_prometheus"),
    *("amqp_client", "cowboy", "cowlib", "prometheus", "accept", "quantile_estimator"),
)

# As Erlang terms: the newer format is compiled with every start, which takes longer than all the rest.
CONFIGURATION = """\
[{{rabbit, [
   {{tcp_listeners, []}},
   {{ssl_listeners, [{{"{address}", {amqps}}}]}},
   {{ssl_options, {tls}}},
   {{log, [{{console, [{{enabled, true}}]}}]}}]}},
 {{rabbitmq_prometheus, [
   {{return_per_object_metrics, true}},
   {{tcp_config, [{{ip, "{address}"}}, {{port, {metrics}}}]}}]}},
 {{rabbitmq_management, [{{ssl_config, [{{ip, "{address}"}}, {{port, {console}}} | {tls}]}}]}}].
"""
TLS = """[{{cacertfile, "{ca}"}}, {{certfile, "{certificate}"}}, {{keyfile, "{key}"}},
      {{versions, ['tlsv1.3', 'tlsv1.2']}}]"""

EMPTY = """
[ok = rabbit_vhost:delete(Name, <<"sandbox">>) || Name <- rabbit_vhost:list_names()],
[rabbit_auth_backend_internal:delete_user(proplists:get_value(user, User), <<"sandbox">>)
 || User <- rabbit_auth_backend_internal:list_users()],
ok.
"""
POPULATE = """
rabbit_vhost:add(<<"/">>, <<"sandbox">>),
Add = fun(Name, Password) ->
    ok = rabbit_auth_backend_internal:add_user(Name, Password, <<"sandbox">>),
    ok = rabbit_auth_backend_internal:set_tags(Name, [administrator], <<"sandbox">>),
    ok = rabbit_auth_backend_internal:set_permissions(Name, <<"/">>, <<".*">>, <<".*">>, <<".*">>, <<"sandbox">>)
end,
[Add(Name, Password) || {{Name, Password}} <- [{users}]],
ok.
"""


class RabbitMQ(Engine):
    """create: {"zone", "users": [{"username", "password"}]}, who become administrators of the virtual host `/`.

    Endpoints `amqp` and `console`; action `reboot`.
    """

    kind = "rabbitmq"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self.actions = {"reboot": self.reboot}
        self._lock = threading.Lock()
        """Held while a server is chosen for a broker, or given up."""

    def start(self) -> None:
        with self._lock:
            if self.host.planes(self.kind):
                return
            name = next(iter(self._waiting()), self._server(1))
            self._boot(name)
        self._await(name)

    def create(self, plane: Plane, spec: dict[str, Any]) -> None:
        with self._lock:
            name = plane.data["server"] = self._free_server()
            address = self._address(name)
            plane.endpoints = {"amqp": Endpoint(address=address, port=AMQPS)}
            plane.endpoints["console"] = Endpoint(address=address, port=CONSOLE)
            plane.nodes = [{"name": name, "role": "broker", "zone": spec["zone"], "address": address, "port": AMQPS}]
            self._boot(name)
        self._await(name)
        users = ", ".join(f"{{{_binary(user['username'])}, {_binary(user['password'])}}}" for user in spec["users"])
        self._evaluate(name, EMPTY)
        self._evaluate(name, POPULATE.format(users=users))
        plane.data["created"] = True

    def delete(self, plane: Plane) -> None:
        name = plane.data.get("server")
        if name is None:
            return
        with self._lock:
            if self._waiting() or not self._answers(name):
                self._scrap(name)
            else:
                self._evaluate(name, EMPTY)
            plane.data = {}

    def resume(self, plane: Plane) -> None:
        self._boot(plane.data["server"])
        self._await(plane.data["server"])

    def reboot(self, plane: Plane) -> None:
        self.host.programs.stop(plane.data["server"])
        self.resume(plane)

    def watch(self, plane: Plane) -> None:
        """Start a server that ended by itself or was killed, as Amazon MQ does; one that was stopped stays so."""
        if self.host.programs.state(plane.data["server"]) == "EXITED":
            self.resume(plane)

    def facts(self, plane: Plane) -> dict[str, Any]:
        """{"created": whether the broker has ever been available}."""
        return {"created": plane.data.get("created", False)}

    def _server(self, number: int) -> str:
        return f"rabbitmq-{number}"

    def _taken(self) -> set[str]:
        return {plane.data["server"] for plane in self.host.planes(self.kind) if "server" in plane.data}

    def _free_server(self) -> str:
        """A server that waits, or the name of one that does not exist yet."""
        taken = self._taken()
        unused = (name for number in range(1, 100) if (name := self._server(number)) not in taken)
        return next(iter([*self._waiting(), *unused]))

    def _waiting(self) -> list[str]:
        """The servers that no broker has."""
        known = {name for name in self.host.programs.states() if name.startswith("rabbitmq-")} - {EPMD}
        return sorted(known - self._taken())

    def _address(self, name: str) -> str:
        return self.host.address(name, "node")

    def _answers(self, name: str) -> bool:
        return all(_listens(self._address(name), port) for port in (AMQPS, CONSOLE))

    def _await(self, name: str) -> None:
        def answers() -> bool:
            if self.host.programs.state(name) in ("EXITED", "FATAL"):
                raise RuntimeError(f"{name} ended while it started; see its log")
            return self._answers(name)

        self.host.wait(answers, START_SECONDS, f"{name} answers on ports {AMQPS} and {CONSOLE}")

    def _boot(self, name: str) -> None:
        """Start a server, unless it runs."""
        self._start_epmd()
        directory, address = self.host.directory(name), self._address(name)
        self._write_configuration(name, directory, address)
        environment = self._environment(name) | {
            # Makes the start script end in `exec`: otherwise a shell would stand between supervisor and server.
            "detached": "true",
            "RABBITMQ_USE_LONGNAME": "true",
            "RABBITMQ_MNESIA_BASE": str(directory / "mnesia"),
            "RABBITMQ_LOG_BASE": str(directory),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_CONFIG_FILE": str(directory / "rabbitmq.config"),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(directory / "enabled_plugins"),
            "RABBITMQ_PLUGINS_DIR": str(directory / "plugins"),
            "RABBITMQ_DIST_PORT": str(self._port(name)),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                f"+S 2:2 +SDio 4 -kernel inet_dist_use_interface {{{self._control.replace('.', ',')}}}"
            ),
        }
        self.host.programs.add(
            name,
            (HOME / "bin" / "rabbitmq-server",),
            environment=environment,
            stop_signal="TERM",
            stop_seconds=STOP_SECONDS,
            listens=(address, AMQPS),
        )
        self.host.programs.start(name)

    def _write_configuration(self, name: str, directory: Path, address: str) -> None:
        certificate, key = self.host.certificate(name, [address])
        tls = TLS.format(ca=self.host.ca_path, certificate=certificate, key=key)
        text = CONFIGURATION.format(address=address, amqps=AMQPS, console=CONSOLE, metrics=METRICS, tls=tls)
        (directory / "rabbitmq.config").write_text(text, encoding="utf-8")
        (directory / "enabled_plugins").write_text("[rabbitmq_management,rabbitmq_prometheus].\n", encoding="utf-8")
        plugins = directory / "plugins"
        plugins.mkdir(exist_ok=True)
        for source in _plugin_directories():
            if not (plugins / source.name).exists():
                (plugins / source.name).symlink_to(source)
        for path in (directory / "rabbitmq.config", directory / "enabled_plugins", plugins):
            self.host.account.give(path)

    @property
    def _control(self) -> str:
        """The address that Erlang's own protocols use."""
        return self.host.address(EPMD, "node")

    def _environment(self, name: str) -> dict[str, str]:
        """What leads to a server's node."""
        return {
            "HOME": str(self.host.directory(name)),
            "RABBITMQ_NODENAME": f"{name}@{self._control}",
            "ERL_EPMD_ADDRESS": self._control,
            "ERL_EPMD_PORT": str(self._port(EPMD)),
        }

    def _port(self, name: str) -> int:
        """A port that no other sandbox uses, kept as long as it is free while the program does not run."""
        path = self.host.directory(name) / "port"
        kept = int(path.read_text(encoding="ascii")) if path.exists() else 0
        if kept and (self.host.programs.pid(name) or _is_free(kept)):
            return kept
        port = next(port for port in random.sample(PORTS, len(PORTS)) if _is_free(port))
        path.write_text(str(port), encoding="ascii")
        return port

    def _start_epmd(self) -> None:
        port = self._port(EPMD)
        command = ("/usr/bin/epmd", "-port", str(port), "-address", self._control)
        self.host.programs.add(EPMD, command, autorestart=True, listens=(self._control, port))
        self.host.programs.start(EPMD)
        self.host.wait(lambda: _listens(self._control, port), 10, f"{EPMD} answers")

    def _evaluate(self, name: str, code: str) -> None:
        """Run Erlang code, whose last value is ok, inside a server: as good as rabbitmqctl, and 3 s faster."""
        environment = self._environment(name)
        command = ("/usr/bin/erl_call", "-e", "-name", environment["RABBITMQ_NODENAME"])
        answer = self.host.run(*command, input=code, env=environment)
        if answer.strip() != "{ok, ok}":
            raise RuntimeError(f"{name} answers {answer.strip()}")

    def _scrap(self, name: str) -> None:
        self.host.programs.remove(name)
        self.host.forget(name)


def _plugin_directories() -> Iterable[Path]:
    (plugins,) = HOME.glob("lib/rabbitmq_server-*/plugins")
    for name in PLUGINS:
        yield from plugins.glob(f"{name}-[0-9]*")


def _listens(address: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((address, port)) == 0


def _is_free(port: int) -> bool:
    """Whether nothing listens on a port, on whatever address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))
        except OSError:
            return False
    return True


def _binary(text: str) -> str:
    """An Erlang binary, safe for any text."""
    return f"<<{','.join(map(str, text.encode()))}>>"
