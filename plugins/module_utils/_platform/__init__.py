# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Validation of the declared platform, before the first change. Only ``sources`` reads files, only ``account`` AWS."""
