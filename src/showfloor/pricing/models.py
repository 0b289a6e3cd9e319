"""Tables of prices and taxes; Django looks for them here."""

from showfloor.pricing.market_models import DeletedMarket as DeletedMarket
from showfloor.pricing.market_models import Market as Market
from showfloor.pricing.market_models import MarketExclusion as MarketExclusion
from showfloor.pricing.price_list_models import PriceList as PriceList
from showfloor.pricing.price_list_models import PriceListItem as PriceListItem
from showfloor.pricing.price_list_models import PriceListKind as PriceListKind
from showfloor.pricing.promotions.models import Bundle as Bundle
from showfloor.pricing.promotions.models import BundleItem as BundleItem
from showfloor.pricing.promotions.models import FreeGift as FreeGift
from showfloor.pricing.tax_models import TaxRate as TaxRate
from showfloor.pricing.tax_models import VatCheck as VatCheck
from showfloor.pricing.vouchers.models import Voucher as Voucher
from showfloor.pricing.vouchers.models import VoucherUse as VoucherUse
