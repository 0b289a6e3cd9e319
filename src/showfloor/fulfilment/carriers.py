"""Carriers that parcels go with, and the addresses at which they tell where a parcel is."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from django.utils.translation import gettext as _

from showfloor.kernel.errors import Invalid

TRACKING_CHARS_MAX: Final = 80
URL_CHARS_MAX: Final = 300

# Name → address of the tracking page; `{}` stands for the number.
CARRIERS: Final[Mapping[str, str]] = {
    "DHL": "https://www.dhl.de/de/privatkunden/dhl-sendungsverfolgung.html?piececode={}",
    "Deutsche Post": "https://www.deutschepost.de/de/s/sendungsverfolgung.html?piececode={}",
    "DPD": "https://tracking.dpd.de/status/en_US/parcel/{}",
    "GLS": "https://gls-group.com/track/{}",
    "Hermes": "https://www.myhermes.de/empfangen/sendungsverfolgung/sendungsinformation/#{}",
    "UPS": "https://www.ups.com/track?tracknum={}",
    "FedEx": "https://www.fedex.com/fedextrack/?trknbr={}",
    "Österreichische Post": "https://www.post.at/s/sendungsdetails?snr={}",
    "Die Schweizerische Post": "https://service.post.ch/ekp-web/ui/entry/search/{}",
    "Colissimo": "https://www.laposte.fr/outils/suivre-vos-envois?code={}",
    "PostNL": "https://jouw.postnl.nl/track-and-trace/{}",
    "Royal Mail": "https://www.royalmail.com/track-your-item#/tracking-results/{}",
    "USPS": "https://tools.usps.com/go/TrackConfirmAction?tLabels={}",
}


def tracking_url(carrier: str, number: str) -> str:
    """Return the address at which a known carrier follows a parcel; empty for any other."""
    page = CARRIERS.get(carrier)
    return page.format(quote(number, safe="")) if page and number else ""


def tidy_number(typed: str) -> str:
    """Return a tracking number without the spaces it is printed with; Invalid for what is none."""
    number = "".join(typed.split())
    if len(number) > TRACKING_CHARS_MAX:
        raise Invalid(
            _("At most %(count)d characters.") % {"count": TRACKING_CHARS_MAX},
            field="tracking_number",
        )
    if not number.isascii() or not number.isprintable():
        raise Invalid(_("A tracking number has letters and digits only."), field="tracking_number")
    return number


def check_url(typed: str) -> str:
    """Return an address that staff typed; Invalid unless a browser can open it safely."""
    url = typed.strip()
    if url and (
        not url.startswith("https://") or len(url) > URL_CHARS_MAX or not url.isprintable()
    ):
        raise Invalid(_("The address must begin with https://."), field="tracking_url")
    return url
