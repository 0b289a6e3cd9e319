"""The law's texts of a brand in a test: waived in one row, or published."""

from showfloor.accounts.models import Brand
from showfloor.kernel.clock import utc_now
from showfloor.legal import services
from showfloor.legal.models import LegalOverride, LegalText, LegalVersion
from showfloor.legal.rules import Text


def waived(brand: Brand) -> Brand:
    """Let shows of this brand be public without any text; the shortest way."""
    if not LegalOverride.objects.for_brand(brand).exists():
        LegalOverride(brand=brand, missing=list(Text), reason="This brand is of a test.").save()
    return brand


def publish(brand: Brand, kind: Text, body: str = "", language: str = "") -> LegalVersion:
    """Publish the next version of a text."""
    text, _new = LegalText.objects.for_brand(brand).get_or_create(
        brand=brand, kind=kind, language=language or brand.language
    )
    text.draft = body or f"The {kind} of {brand.name}."
    text.save()
    return services.publish(text, None, utc_now())


def publish_all(brand: Brand) -> None:
    """Publish every text in the brand's language."""
    for kind in Text:
        publish(brand, kind)
