# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Grafana's JSON of a dashboard, by Grafana's Foundation SDK, in one language.

The classic model: what Grafana provisions from files in every version from 10 on. The SDK prefers its successor, which
needs Grafana's own API.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import count
from string import ascii_uppercase
from typing import Any

with suppress(ImportError):  # the filter grafana_dashboards says so
    from grafana_foundation_sdk.builders import bargauge, cloudwatch, common, prometheus, stat, table, timeseries
    from grafana_foundation_sdk.builders import dashboard as grafana
    from grafana_foundation_sdk.cog.encoder import JSONEncoder
    from grafana_foundation_sdk.models import cloudwatch as cloudwatch_model
    from grafana_foundation_sdk.models import common as common_model
    from grafana_foundation_sdk.models import dashboard as model
    from grafana_foundation_sdk.models import prometheus as prometheus_model

from ansible_collections.iworkz.platform.plugins.module_utils._dashboards.catalogue import uid
from ansible_collections.iworkz.platform.plugins.module_utils._dashboards.model import (
    Dashboard,
    Link,
    Metric,
    Panel,
    Platform,
    Query,
    Steps,
    Variable,
)
from ansible_collections.iworkz.platform.plugins.module_utils._dashboards.words import Words
from ansible_collections.iworkz.platform.plugins.module_utils._messages import LANGUAGES

TIMEZONE = "Asia/Tokyo"


def encoded(dashboard: Dashboard, platform: Platform, words: Words) -> str:
    """The JSON text, the same for the same input. Raises MessageError for a panel without words."""
    return str(
        JSONEncoder(sort_keys=True, indent=1, ensure_ascii=False).encode(_dashboard(dashboard, platform, words).build())
    )


def _dashboard(dashboard: Dashboard, platform: Platform, words: Words) -> Any:
    (other,) = (each for each in LANGUAGES if each != words.language)
    made = (
        grafana.Dashboard(words.title(dashboard.name))
        .uid(uid(platform.name, dashboard.name, words.language))
        .description(words.description(dashboard.name))
        .tags([platform.name, f"{platform.name}-{words.language}"])
        .readonly()
        .refresh(dashboard.refresh)
        .time(dashboard.span, "now")
        .timezone(TIMEZONE)
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .link(_link(words.title("link_language"), f"/d/{uid(platform.name, dashboard.name, other)}"))
        .link(
            grafana.DashboardLink(words.title("link_others"))
            .type(model.DashboardLinkType.DASHBOARDS)
            .tags([f"{platform.name}-{words.language}"])
            .as_dropdown(True)
            .keep_time(True)
        )
    )
    for link in dashboard.links:
        made = made.link(_elsewhere(link, words))
    for variable in dashboard.variables:
        made = made.with_variable(_variable(variable, words))
    numbers = count(1)
    for row in dashboard.rows:
        made = made.with_row(grafana.Row(words.title(f"row_{row.name}")).id(next(numbers)))
        for panel in row.panels:
            made = made.with_panel(_panel(panel, f"{dashboard.name}_{panel.name}", words).id(next(numbers)))
    return made


def _link(title: str, url: str) -> Any:
    return grafana.DashboardLink(title).type(model.DashboardLinkType.LINK).url(url).keep_time(True).include_vars(True)


def _elsewhere(link: Link, words: Words) -> Any:
    """Time and variables are in its address, in the form that is understood there, so Grafana is to add none."""
    return (
        grafana.DashboardLink(words.title(link.name))
        .type(model.DashboardLinkType.LINK)
        .url(link.url)
        .tooltip(words.description(link.name))
        .icon("external link")
        .target_blank(True)
    )


def _variable(variable: Variable, words: Words) -> Any:
    return (
        grafana.QueryVariable(variable.name)
        .label(words.title(f"variable_{variable.name}"))
        .datasource(_source("prometheus"))
        .query(variable.query)
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(model.VariableSort.ALPHABETICAL_ASC)
    )


def _source(kind: str) -> Any:
    """Data sources are provisioned with their kind as uid."""
    return model.DataSourceRef(type_val=kind, uid=kind)


def _panel(panel: Panel, name: str, words: Words) -> Any:
    made = _visualization(panel)
    (source,) = {"prometheus" if isinstance(query, Query) else "cloudwatch" for query in panel.queries}
    made = (
        made.title(words.title(name))
        .description(words.description(name))
        .datasource(_source(source))
        .unit(panel.unit)
        .span(panel.width)
        .height(panel.height)
    )
    if panel.low is not None:
        made = made.min(panel.low)
    if panel.high is not None:
        made = made.max(panel.high)
    if panel.steps:
        made = made.thresholds(_thresholds(panel.steps))
    for reference, query in zip(ascii_uppercase, panel.queries, strict=False):
        target = _promql(query, panel.kind) if isinstance(query, Query) else _metric(query)
        made = made.with_target(target.ref_id(reference))
    return made


def _visualization(panel: Panel) -> Any:
    if panel.kind == "timeseries":
        return _timeseries(panel)
    if panel.kind == "table":
        return table.Panel()
    last = common.ReduceDataOptions().calcs(["lastNotNull"])
    if panel.kind == "stat":
        return stat.Panel().reduce_options(last)
    return bargauge.Panel().reduce_options(last).orientation(common_model.VizOrientation.HORIZONTAL)


def _timeseries(panel: Panel) -> Any:
    made = (
        timeseries.Panel()
        .fill_opacity(10)
        .line_width(1)
        .legend(
            common.VizLegendOptions()
            .display_mode(common_model.LegendDisplayMode.LIST)
            .placement(common_model.LegendPlacement.BOTTOM)
            .show_legend(True)
        )
    )
    if panel.stacked:
        made = made.stacking(common.StackingConfig().mode(common_model.StackingMode.NORMAL))
    if panel.steps:
        made = made.thresholds_style(
            common.GraphThresholdsStyleConfig().mode(common_model.GraphThresholdsStyleMode.LINE)
        )
    return made


def _thresholds(steps: Steps) -> Any:
    made = [model.Threshold(value=value, color=colour) for value, colour in steps]
    return grafana.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(made)


def _promql(query: Query, kind: str) -> Any:
    made = prometheus.Dataquery().expr(query.expr)
    if query.legend:
        made = made.legend_format(query.legend)
    if kind == "table":
        made = made.format(prometheus_model.PromQueryFormat.TABLE)
    return made.instant() if query.instant else made.range()


def _metric(metric: Metric) -> Any:
    return (
        cloudwatch.MetricsQuery()
        .query_mode(cloudwatch_model.QueryMode.METRICS)
        .metric_query_type(cloudwatch_model.MetricQueryType.SEARCH)
        .metric_editor_mode(cloudwatch_model.MetricEditorMode.BUILDER)
        .namespace(metric.namespace)
        .metric_name(metric.name)
        .dimensions(dict(metric.dimensions))
        .match_exact(True)
        .statistic(metric.statistic)
        .period(metric.period)
        .region(metric.region or "default")
    )
