"""Tests in three rings: values, memory, and the real program (design section 6)."""

from hypothesis import HealthCheck, settings

# A loaded machine is no reason to fail: Hypothesis' deadline and one of its health checks measure time, our tests
# assert none.
settings.register_profile("edge", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("edge")
