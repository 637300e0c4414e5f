"""Tests in three rings: values, memory, and the real program (design section 6)."""

from hypothesis import settings

# A loaded machine is no reason to fail: Hypothesis' deadline measures time, our tests assert none.
settings.register_profile("edge", deadline=None)
settings.load_profile("edge")
