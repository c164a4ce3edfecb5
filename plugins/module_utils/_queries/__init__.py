# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How statements fare on a running PostgreSQL, and which indexes would help: proven, proposed, created on request.

Nothing here writes but ``create``. Statements are shown without any value (``statements.shown``).
"""
