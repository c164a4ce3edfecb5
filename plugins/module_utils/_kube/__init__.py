# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The cluster from the inside: how its API is reached and read, how rollouts are watched and the mesh is judged."""
