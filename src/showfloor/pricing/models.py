"""Tables of prices and taxes; Django looks for them here."""

from showfloor.pricing.tax_models import SellerTax as SellerTax
from showfloor.pricing.tax_models import TaxRate as TaxRate
from showfloor.pricing.tax_models import VatCheck as VatCheck
from showfloor.pricing.vouchers.models import Voucher as Voucher
from showfloor.pricing.vouchers.models import VoucherUse as VoucherUse
