"""What stock brings: how long holds are kept."""

from showfloor.kernel.slices import PersonalData, Slice
from showfloor.stock import retention

SLICE = Slice("stock", privacy=PersonalData(keeps=retention.KEPT))
