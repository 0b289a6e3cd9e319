"""The slice of legal texts: the columns about the staff who publish them."""

from showfloor.kernel.slices import PersonalData, Slice
from showfloor.legal.personal_data import COLUMNS

SLICE = Slice("legal", privacy=PersonalData(columns=COLUMNS))
