"""The jobs of fulfilment. Each job may run at any moment, and again."""

from showfloor.fulfilment import dispute_warnings
from showfloor.kernel.clock import utc_now
from showfloor.kernel.jobs import Job

JOBS = (Job("warn_of_disputes", 60.0, lambda: dispute_warnings.warn_due(utc_now())),)
