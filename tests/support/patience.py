"""How long property tests may take: what is slow on a busy machine is not wrong."""

from hypothesis import HealthCheck, settings

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
