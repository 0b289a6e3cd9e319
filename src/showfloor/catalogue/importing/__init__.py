"""Taking products over from files that shops already have: Shopify's product CSV and the Google
Merchant feed (XML, TSV).

`sources` opens a file, `shopify` and `merchant` read records or rejections from it, `writer` writes
one record in one transaction, `run.import_file` does all of it and reports.
"""
