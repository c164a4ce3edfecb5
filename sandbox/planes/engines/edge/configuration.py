"""The configuration of nginx that puts a policy into practice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from sandbox.planes.engines.edge.policy import LoadBalancer, Site

RULES = Path(__file__).with_name("rules.conf")
PORTS = {"plain": 8080, "secure": 8443}
"""Of the entry's address; no account needs a privilege for them."""
KEYS = "/.well-known/jwks.json"
"""Where the service identity publishes the keys of tokens, and for how long others may keep them."""
KEPT = "public, max-age=300"
LARGEST_BODY = "16m"
PAGE = "<!doctype html><title>iworkz</title><p>sandbox"


def render(
    balancers: Sequence[LoadBalancer], address: str, certificate: Path, key: Path, directory: Path, keys_url: str
) -> str:
    """nginx.conf; `directory` is the server's own, `keys_url` answers with the keys of tokens of a `region`."""
    servers = "\n".join(line for one in balancers for line in _servers(one, address, directory, keys_url))
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


def _servers(balancer: LoadBalancer, address: str, directory: Path, keys_url: str) -> Iterator[str]:
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
            yield _secure(balancer, site, address, directory, keys_url)


def _secure(balancer: LoadBalancer, site: Site, address: str, directory: Path, keys_url: str) -> str:
    # With the old protocols come the ciphers they need.
    ciphers = "    ssl_ciphers ALL:@SECLEVEL=0;\n" if "TLSv1 " in balancer.protocols else ""
    headers = {**balancer.headers, **site.headers}
    way = f"proxy_pass http://unix:{directory}/services.sock;" if site.routed else "return 404;"
    locations = [_location("/", headers, way)]
    if site.issues:
        way = f"set $args region={balancer.region};\n      proxy_pass {keys_url};"
        locations.append(_location(f"= {KEYS}", {**headers, "Cache-Control": KEPT}, way))
    ways = "\n".join(locations)
    return f"""  server {{
    listen {address}:{PORTS["secure"]} ssl;
    server_name {site.host};
    ssl_protocols {balancer.protocols};
{ciphers}    modsecurity on;
{_headers(balancer.headers, "    ")}
{ways}
  }}"""


def _location(path: str, headers: Mapping[str, str], way: str) -> str:
    return f"""    location {path} {{
{_headers(headers, "      ")}
      proxy_set_header Host $host;
      {way}
    }}"""


def _headers(headers: Mapping[str, str], indent: str) -> str:
    return "\n".join(f"{indent}add_header {name} {_quoted(value)} always;" for name, value in headers.items())


def _quoted(value: str) -> str:
    """A value as nginx reads it, in which nothing is a variable."""
    if "$" in value:
        raise ValueError(f"nginx can't say a dollar sign: {value}")
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
