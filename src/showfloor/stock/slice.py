"""The slice of stock: how long its rows are kept, and the mails about low stock."""

from showfloor.kernel.jobs import Job
from showfloor.kernel.slices import PersonalData, Slice
from showfloor.stock import low_stock, personal_data, retention

SLICE = Slice(
    "stock",
    privacy=PersonalData(keeps=retention.KEPT, columns=personal_data.COLUMNS),
    jobs=(Job("tell_low_stock", 60.0, low_stock.tell_staff),),
)
