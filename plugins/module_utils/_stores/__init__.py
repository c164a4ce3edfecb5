# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What lies inside the stores: connections to their data planes, and what modules, checks and drills do through them.

Endpoints and passwords are read from AWS (describe calls, Secrets Manager), never taken from role variables.
"""
