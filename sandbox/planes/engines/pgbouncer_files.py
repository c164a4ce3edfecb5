"""The pooler's configuration: from the files that are written for it to those it reads."""

from __future__ import annotations

import configparser
import io
import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path

PORT = 6432
SETTINGS = "pgbouncer"
# What the pooler shows clients is read when it starts, and where it listens is, too.
RESTART = frozenset(
    {"listen_addr", "listen_port", "listen_backlog", "client_tls_sslmode", "client_tls_cert_file"}
    | {"client_tls_key_file", "client_tls_ca_file", "client_tls_protocols", "client_tls_ciphers"}
)
# The supervisor has the log and the process, and the account is chosen already.
DROPPED = ("logfile", "pidfile", "syslog", "user")
USER = re.compile(r'"(?:[^"]|"")+"\s+"(?:[^"]|"")*"(\s.*)?')


class Unusable(Exception):
    """The files can't be the configuration of the pooler, for the reason given."""


@dataclass(frozen=True)
class Files:
    settings: str
    """pgbouncer.ini"""
    users: str
    """userlist.txt"""

    @classmethod
    def read(cls, directory: Path) -> Files | None:
        """Those in a directory; None until both are there."""
        try:
            return cls(*((directory / name).read_text(encoding="utf-8") for name in ("pgbouncer.ini", "userlist.txt")))
        except FileNotFoundError:
            return None


def without_databases(address: str, tls: Path) -> Files:
    """A pooler that nobody has configured yet."""
    return Files(
        f"[databases]\n\n[{SETTINGS}]\nlisten_addr = {address}\nlisten_port = {PORT}\nauth_type = scram-sha-256\n"
        "client_tls_sslmode = require\n"
        f"client_tls_cert_file = {tls / 'tls.crt'}\nclient_tls_key_file = {tls / 'tls.key'}\n",
        "",
    )


def parse(files: Files) -> configparser.ConfigParser:
    """The settings; Unusable when the pooler would not start with them, or listen to the world."""
    parser = configparser.ConfigParser(
        delimiters=("=",), comment_prefixes=(";", "#"), interpolation=None, default_section="\0"
    )
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    try:
        parser.read_string(files.settings)
    except configparser.Error as error:
        raise Unusable(f"pgbouncer.ini: {error}") from error
    if missing := {"databases", SETTINGS} - set(parser.sections()):
        raise Unusable(f"pgbouncer.ini has no section {', '.join(sorted(missing))}")
    settings = parser[SETTINGS]
    for address in settings.get("listen_addr", "").split(","):
        if not _is_loopback(address.strip()):
            raise Unusable(f"listen_addr {address.strip() or '(none)'} is not on the loopback interface")
    if not settings.get("listen_port", str(PORT)).isdigit():
        raise Unusable(f"listen_port {settings['listen_port']} is no port")
    for name in ("client_tls_cert_file", "client_tls_key_file", "server_tls_ca_file"):
        if name in settings and not Path(settings[name]).is_file():
            raise Unusable(f"{name} {settings[name]} does not exist")
    for number, line in enumerate(files.users.splitlines(), 1):
        if line.strip() and not line.startswith(";") and not USER.fullmatch(line.strip()):
            raise Unusable(f'userlist.txt: line {number} is not "user" "password or verifier"')
    return parser


def render(files: Files, userlist: Path) -> Files:
    """What the pooler reads. Unusable, as of parse()."""
    parser = parse(files)
    settings = parser[SETTINGS]
    for name in DROPPED:
        settings.pop(name, None)
    settings["auth_file"] = str(userlist)
    settings["unix_socket_dir"] = ""
    written = io.StringIO()
    parser.write(written)
    return Files(written.getvalue(), files.users)


def needs_restart(old: Files, new: Files) -> bool:
    before, after = parse(old)[SETTINGS], parse(new)[SETTINGS]
    return any(before.get(name) != after.get(name) for name in RESTART)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"
