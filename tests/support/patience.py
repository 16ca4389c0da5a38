"""How long tests may take: what is slow on a busy machine is not wrong."""

from hypothesis import HealthCheck, settings

PATIENCE = 120.0
"""Seconds after which something that should have happened did not; a machine may stand still for a while."""

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
