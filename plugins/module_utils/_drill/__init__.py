# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Disaster-recovery drills: scenarios as data, what runs and measures them, sealed results, runbooks."""
