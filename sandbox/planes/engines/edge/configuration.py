"""The configuration of nginx that puts a policy into practice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from sandbox.planes.engines.edge.policy import LoadBalancer, Site

RULES = Path(__file__).with_name("rules.conf")
PORTS = {"plain": 8080, "secure": 8443}
"""Of the entry's address; no account needs a privilege for them."""
LARGEST_BODY = "16m"
PAGE = "<!doctype html><title>iworkz</title><p>sandbox"


def render(balancers: Sequence[LoadBalancer], address: str, certificate: Path, key: Path, directory: Path) -> str:
    """nginx.conf; `directory` is the server's own."""
    servers = "\n".join(line for one in balancers for line in _servers(one, address, directory))
    return f"""daemon off;
worker_processes 1;
pid {directory}/nginx.pid;
load_module /usr/lib/nginx/modules/ngx_http_modsecurity_module.so;
events {{ worker_connections 256; }}
http {{
  access_log off;
  server_tokens off;
  default_type text/html;
  client_max_body_size {LARGEST_BODY};
  client_body_buffer_size 1m;
  large_client_header_buffers 4 16k;
  client_body_temp_path {directory}/body;
  proxy_temp_path {directory}/proxy;
  fastcgi_temp_path {directory}/fastcgi;
  uwsgi_temp_path {directory}/uwsgi;
  scgi_temp_path {directory}/scgi;
  ssl_certificate {certificate};
  ssl_certificate_key {key};
  modsecurity_rules_file {RULES};
  server {{
    # The services, as far as the edge can see them.
    listen unix:{directory}/services.sock;
    location / {{ return 200 "{PAGE}"; }}
  }}
{servers}
}}
"""


def _servers(balancer: LoadBalancer, address: str, directory: Path) -> Iterator[str]:
    names = " ".join(site.host for site in balancer.sites)
    if balancer.plain:
        answer = "301 https://$host:443$request_uri" if balancer.redirects else "200 in-the-clear"
        yield f"""  server {{
    listen {address}:{PORTS["plain"]};
    server_name {names};
    return {answer};
  }}"""
    if balancer.secure:
        for site in balancer.sites:
            yield _secure(balancer, site, address, directory)


def _secure(balancer: LoadBalancer, site: Site, address: str, directory: Path) -> str:
    # With the old protocols come the ciphers they need.
    ciphers = "    ssl_ciphers ALL:@SECLEVEL=0;\n" if "TLSv1 " in balancer.protocols else ""
    way = f"proxy_pass http://unix:{directory}/services.sock;" if site.routed else "return 404;"
    return f"""  server {{
    listen {address}:{PORTS["secure"]} ssl;
    server_name {site.host};
    ssl_protocols {balancer.protocols};
{ciphers}    modsecurity on;
{_headers(balancer.headers, "    ")}
    location / {{
{_headers({**balancer.headers, **site.headers}, "      ")}
      proxy_set_header Host $host;
      {way}
    }}
  }}"""


def _headers(headers: Mapping[str, str], indent: str) -> str:
    return "\n".join(f"{indent}add_header {name} {_quoted(value)} always;" for name, value in headers.items())


def _quoted(value: str) -> str:
    """A value as nginx reads it, in which nothing is a variable."""
    if "$" in value:
        raise ValueError(f"nginx can't say a dollar sign: {value}")
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
