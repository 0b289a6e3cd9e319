"""Further pictures of products, as their file lists them: new ones wait to be fetched, those that
it lists no more are taken away. Pictures that a person added stay."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from showfloor.accounts.models import Brand
from showfloor.catalogue.models import ProductMedium, WantedPicture


def keep(brand: Brand, listed: Mapping[str, Sequence[str]]) -> set[str]:
    """Have each product (by id) have the pictures at these addresses; return the ids of products
    that change. Called inside the transaction of the import."""
    if not listed:
        return set()
    media = ProductMedium.objects.for_brand(brand).filter(product__in=list(listed))
    media = media.exclude(source_url="")
    waiting = WantedPicture.objects.for_brand(brand).filter(product__in=list(listed))
    there: dict[str, set[str]] = defaultdict(set)
    changed: set[str] = set()
    for rows, name in ((media, "source_url"), (waiting, "url")):
        gone = []
        for pk, product_id, url in rows.values_list("pk", "product", name):
            if url in listed[product_id]:
                there[product_id].add(url)
            else:
                gone.append(pk)
                changed.add(product_id)
        if gone:
            rows.filter(pk__in=gone).delete()
    new = [
        WantedPicture(product_id=product_id, url=url, position=position)
        for product_id, urls in listed.items()
        for position, url in enumerate(urls, 1)
        if url not in there[product_id]
    ]
    WantedPicture.objects.all_brands().bulk_create(new)
    return changed | {row.product_id for row in new}
