# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Links out of Grafana, to the lines (Kibana) and the traces (X-Ray's console) of what is looked at. Pure.

Grafana puts the time range and the service chosen into a link's address when it is shown
(https://grafana.com/docs/grafana/latest/dashboards/variables/variable-syntax/). X-Ray's routes are those of
https://docs.aws.amazon.com/xray/latest/devguide/xray-console-deeplinks.html.
"""

from __future__ import annotations

from urllib.parse import quote

from ansible_collections.iworkz.platform.plugins.module_utils._dashboards.model import Link, Platform

FROM, TO = "${__from:date:iso}", "${__to:date:iso}"
CONSOLE = "https://console.aws.amazon.com/xray/home"


def links(platform: Platform, variable: str = "") -> tuple[Link, ...]:
    """Those of what the platform has: a Kibana, X-Ray in a region.

    :param variable: the dashboard's, that names one service; none: of all services.
    """
    service = f"${{{variable}:percentencode}}" if variable else ""
    found = []
    if platform.kibana:
        found.append(Link("link_lines", _lines(platform, service)))
    if platform.traces_region:
        found.append(Link("link_traces", _traces(platform.traces_region, service)))
    return tuple(found)


def _lines(platform: Platform, service: str) -> str:
    """The saved search; with a service its query and that, which take the place of the search's own."""
    search = platform.search
    url = f"{platform.kibana.rstrip('/')}/s/{search['space']}/app/discover#/view/{search['id']}"
    url += f"?_g=(time:(from:'{FROM}',to:'{TO}'))"
    if not service:
        return url
    # In Rison, which Kibana's addresses are written in, ! escapes.
    own = search["query"].replace("!", "!!").replace("'", "!'")
    query = f"{quote(f'({own}) AND service.name:', safe='')}%22{service}%22"
    return f"{url}&_a=(query:(language:lucene,query:'{query}'))"


def _traces(region: str, service: str) -> str:
    chosen = f"filter=service(%22{service}%22)&" if service else ""
    return f"{CONSOLE}?region={region}#/traces?{chosen}timeRange={FROM}~{TO}"
