"""Global trade item numbers (GTIN: EAN, UPC), which search engines and feeds take only when their
check digit is right."""

from stdnum import ean


def gtin(barcode: str) -> str:
    """Return the barcode if it is a GTIN of 8, 12, 13 or 14 digits, else an empty text."""
    text = barcode.strip()
    return text if text.isascii() and ean.is_valid(text) else ""
