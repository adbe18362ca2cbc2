"""
Two sizes of run: the ordinary one, and `pytest --hypothesis-profile=long`.

The long one tries each property of clocks and calendars on 2,500 examples: 20,000 and more against
the oracle that looks at a calendar minute by minute.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings


settings.register_profile(
    "long",
    max_examples=2_500,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
