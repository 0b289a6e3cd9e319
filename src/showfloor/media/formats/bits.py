"""A reader of big-endian bit fields, the form of codecs' headers."""


class BitsExhausted(ValueError):
    """A read went beyond the last bit."""


class BitReader:
    """Reads bits in order, from the most significant bit of the first byte."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data)
        self._left = len(data) * 8

    def take(self, count: int) -> int:
        """Return the next `count` bits as an unsigned number."""
        if count > self._left:
            raise BitsExhausted(f"{count} bits wanted, {self._left} left")
        self._left -= count
        return self._value >> self._left & ((1 << count) - 1)

    def flag(self) -> bool:
        return self.take(1) == 1

    def ue(self) -> int:
        """Return an unsigned Exp-Golomb number (H.264, 9.1) of at most 32 bits."""
        zeros = 0
        while not self.flag():
            zeros += 1
            if zeros > 32:
                raise BitsExhausted("Exp-Golomb number of more than 32 bits")
        return (1 << zeros) - 1 + self.take(zeros)

    def se(self) -> int:
        """Return a signed Exp-Golomb number (H.264, 9.1.1)."""
        code = self.ue()
        return (code + 1) // 2 if code % 2 else -(code // 2)
