"""The slice of stock: how long holds are kept."""

from showfloor.kernel.slices import PersonalData, Slice
from showfloor.stock import personal_data, retention

SLICE = Slice("stock", privacy=PersonalData(keeps=retention.KEPT, columns=personal_data.COLUMNS))
