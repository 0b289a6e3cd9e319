"""A clock that a machine can read off the picture: 40 black or white blocks beside the digits.

The demo's publisher lays the wall clock over each frame as it sends it, for people as digits and
for tests as this code: 4 rows of 10 blocks, row by row from the upper left; first the 32 low bits
of Unix time in milliseconds, the highest first, then 8 bits of check. Blocks are 16 px at 720p and
lie on the encoder's 16 px grid, so that they survive 360p at 700 kbit/s.

All 40 blocks of a frame come from one look at the clock: FFmpeg's `geq` paints them into a strip of
one pixel each, keeping the time it read at the first pixel in its variable 0, and the strip is then
scaled up. (One filter for each block would look at the clock 40 times.)
"""

from collections.abc import Callable

FRAME = (1280, 720)  # what all other lengths here refer to, px
COLUMNS, ROWS = 10, 4
BLOCK_PX = 16
LEFT, TOP = 1088, 624  # upper left corner of the first block
TIME_BITS, CHECK_BITS = 32, 8
BITS = TIME_BITS + CHECK_BITS
WEIGHTS = (1, 3, 5, 7)  # of the time's bytes in the check, from the lowest
SALT = 0x5A  # so that neither all black nor all white checks out
WRAP_MS = 1 << TIME_BITS

type Brightness = Callable[[int, int], float]  # (x, y) in the picture -> 0–255


def check_of(time_ms: int) -> int:
    """The 8 check bits of a time; any changed byte changes them."""
    total = sum(w * ((time_ms >> 8 * n) & 255) for n, w in enumerate(WEIGHTS))
    return (total + SALT) & 255


def encode(time_ms: int) -> list[bool]:
    """Blocks in reading order, True is white."""
    low = time_ms % WRAP_MS
    word = low << CHECK_BITS | check_of(low)
    return [bool(word >> (BITS - 1 - n) & 1) for n in range(BITS)]


def decode(bright: Brightness, width: int, height: int, near_ms: int) -> int | None:
    """Unix time in ms off a picture of any size, or None if the code cannot be read.

    `near_ms` is any time within three weeks of it: it gives the bits above the 32.
    """
    scale_x, scale_y = width / FRAME[0], height / FRAME[1]
    word = 0
    for n in range(BITS):
        row, column = divmod(n, COLUMNS)
        x = (LEFT + (column + 0.5) * BLOCK_PX) * scale_x
        y = (TOP + (row + 0.5) * BLOCK_PX) * scale_y
        around = [bright(int(x + dx), int(y + dy)) for dx in (-1, 0) for dy in (-1, 0)]
        word = word << 1 | (sum(around) >= 4 * 128)
    low, check = word >> CHECK_BITS, word & ((1 << CHECK_BITS) - 1)
    if check != check_of(low):
        return None
    turns = round((near_ms - low) / WRAP_MS)
    return turns * WRAP_MS + low


def rgb_brightness(pixels: bytes, width: int) -> Brightness:
    """Brightness from packed 8-bit RGB, as `decode` asks for it."""

    def bright(x: int, y: int) -> float:
        at = (y * width + x) * 3
        red, green, blue = pixels[at : at + 3]
        return 0.299 * red + 0.587 * green + 0.114 * blue

    return bright


def paint_expression() -> str:
    """FFmpeg `geq` expression for the brightness of the strip's pixel (X, Y)."""
    look = "if(eq(X+Y,0),st(0,mod(floor(time(0)*1000),4294967296)))"
    total = "+".join(f"{weight}*mod(floor(ld(0)/{256**n}),256)" for n, weight in enumerate(WEIGHTS))
    check = f"st(1,mod({total}+{SALT},256))"
    place = f"st(2,X+{COLUMNS}*Y)"
    time_bit = f"mod(floor(ld(0)/pow(2,{TIME_BITS - 1}-ld(2))),2)"
    check_bit = f"mod(floor(ld(1)/pow(2,{BITS - 1}-ld(2))),2)"
    bit = f"if(lt(ld(2),{TIME_BITS}),{time_bit},{check_bit})"
    return f"{look};{check};{place};if({bit},235,16)"


def overlay_filters(source: str, result: str) -> str:
    """Filter graph that lays the code over a 1280×720 picture, from one pad to another."""
    return (
        f"[{source}]split[{source}_on][{source}_of];"
        f"[{source}_of]crop={COLUMNS}:{ROWS}:0:0,format=gray,"
        f"geq=lum='{paint_expression()}':threads=1,"
        f"scale={COLUMNS * BLOCK_PX}:{ROWS * BLOCK_PX}:flags=neighbor:in_range=tv:out_range=tv,"
        f"format=yuv420p[{source}_code];"
        f"[{source}_on][{source}_code]overlay={LEFT}:{TOP}:format=yuv420[{result}]"
    )
