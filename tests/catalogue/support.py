"""Files as shops export them, and what the tests ask about an import."""

from pathlib import Path

from showfloor.accounts.models import Brand
from showfloor.catalogue.amounts import DecimalSign
from showfloor.catalogue.importing.report import Report
from showfloor.catalogue.models import Price, Product, Variant
from showfloor.site.catalogue_import import import_products
from showfloor.stock.models import Stock

SHOPIFY = """\
Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,\
Option2 Name,Option2 Value,Variant SKU,Variant Inventory Qty,Variant Price,\
Variant Compare At Price,Variant Barcode,Image Src,Image Position,Variant Image,Status
velvet-lip,Velvet Lip,"<p>Soft<script>alert(1)</script>
and <b onclick=""x()"">matte</b></p>",Maison,Health & Beauty > Cosmetics,Lipstick,"new, lips",TRUE,\
Shade,Rosé,Size,3 g,VL-ROSE,12,24.90,29.90,'4006381333931,https://cdn.test/b.jpg,2,\
https://cdn.test/rose.jpg,active
velvet-lip,,,,,,,,,Brick,,3 g,VL-BRICK,-2,24.90,24.90,,https://cdn.test/a.jpg,1,,
velvet-lip,,,,,,,,,,,,,,,,,https://cdn.test/c.jpg,3,,
balm,Night Balm,,Maison,Health & Beauty > Skin care,,,FALSE,Title,Default Title,,,,,18,,,,,,active
"""

MERCHANT_XML = """\
<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0">
<channel><title>Maison</title><link>https://shop.test</link>
<item>
  <g:id>VL-ROSE</g:id>
  <title>Velvet Lip - Rosé</title>
  <description>&lt;p&gt;Soft&lt;/p&gt;</description>
  <link>https://shop.test/velvet-lip</link>
  <g:image_link>https://cdn.test/rose.jpg</g:image_link>
  <g:price>29.90 EUR</g:price>
  <g:sale_price>24.90 EUR</g:sale_price>
  <g:availability>in_stock</g:availability>
  <g:item_group_id>velvet-lip</g:item_group_id>
  <g:color>Rosé</g:color>
  <g:brand>Maison</g:brand>
  <g:product_type>Make-up &gt; Lips</g:product_type>
  <g:shipping><g:country>DE</g:country><g:price>4.90 EUR</g:price></g:shipping>
</item>
<item>
  <g:id>BALM</g:id>
  <title>Night Balm</title>
  <g:price>18 EUR</g:price>
  <g:availability>out_of_stock</g:availability>
</item>
<item>
  <g:id>VL-BRICK</g:id>
  <title>Velvet Lip - Brick</title>
  <g:price>EUR</g:price>
  <g:item_group_id>velvet-lip</g:item_group_id>
</item>
<item>
  <g:id>VL-PLUM</g:id>
  <title>Velvet Lip - Plum</title>
  <g:price>29.90 EUR</g:price>
  <g:quantity>7</g:quantity>
  <g:availability>in stock</g:availability>
  <g:item_group_id>velvet-lip</g:item_group_id>
  <g:color>Plum</g:color>
</item>
</channel></rss>
"""

MERCHANT_TSV = (
    "id\ttitle\tprice\tavailability\titem group id\tcolor\tsize\tproduct type\n"
    "VL-ROSE\tVelvet Lip Rosé\t29.90 EUR\tin stock\tvelvet-lip\tRosé\t3 g\tLips\n"
    "VL-BRICK\tVelvet Lip Brick\t29,90 EUR\tout of stock\tvelvet-lip\tBrick\t3 g\tLips\n"
)


def import_text(
    brand: Brand,
    folder: Path,
    text: str | bytes,
    *,
    dry_run: bool = False,
    counted: bool = False,
    decimal_sign: DecimalSign | None = None,
) -> Report:
    path = folder / "products"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return import_products(brand, path, dry_run=dry_run, counted=counted, decimal_sign=decimal_sign)


def product(brand: Brand, reference: str) -> Product:
    return Product.objects.for_brand(brand).get(reference=reference)


def variants(brand: Brand) -> dict[str, dict[str, str]]:
    return {row.sku: row.options for row in Variant.objects.for_brand(brand)}


def prices(brand: Brand) -> dict[str, tuple[int, str, int | None]]:
    rows = Price.objects.for_brand(brand).select_related("variant")
    return {row.variant.sku: (row.amount, row.currency, row.compare_at) for row in rows}


def stock(brand: Brand) -> dict[str, int]:
    rows = Stock.objects.for_brand(brand).select_related("variant")
    return {row.variant.sku: row.on_hand for row in rows}


def rejected(report: Report) -> list[tuple[int, str]]:
    return [(row.line, row.reason) for row in report.rejected]


def notes(report: Report) -> list[tuple[int, str, str]]:
    return [(row.line, row.ref, row.text) for row in report.notes]
