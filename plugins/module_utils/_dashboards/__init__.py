# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Grafana's dashboards as code: one module per dashboard says what it shows, ``build`` makes Grafana's JSON of it.

Titles and descriptions are messages of the catalogue's area ``dashboards``: ``dashboards.<dashboard>``, and
``dashboards.<dashboard>_<panel>`` with the title as message and the description as remedy.
"""
