"""Aubelune, an invented beauty house: its catalogue, people and shows."""

from showfloor_demo.house import (
    DemoBrand,
    DemoHost,
    DemoProduct,
    DemoShipping,
    DemoShow,
    DemoVariant,
    House,
    money,
    shades,
)

BRAND = DemoBrand(
    slug="aubelune",
    name="Aubelune",
    tagline="Made slowly, worn lightly.",
    accent="#8a3b44",
    currency="EUR",
    mark="mark.png",
    icon="icon.png",
    hero="hero.webp",
    domain="aubelune.example",
)
CURRENCIES = ("EUR", "GBP")
LIPS, FACE, FRAGRANCE, TOOLS = "Lips", "Face", "Fragrance & home", "Tools"
CATEGORIES = (LIPS, FACE, FRAGRANCE, TOOLS)


PRODUCTS: tuple[DemoProduct, ...] = (
    DemoProduct(
        "AUB-101", "Velvet Hour lipstick", LIPS,
        "A soft matte that forgets to dry your lips.",
        "One pass and you are dressed. The pigment is milled three times, then folded into "
        "camellia butter, so the colour sits like velvet and feels like nothing. Refillable: keep"
        " the case, change the mood.",
        "velvet-hour.webp", ("Shade",),
        shades(
            "VH", money(3400, 2900),
            (
                ("Poppy", "#b3342f", 42), ("Fig", "#6d2437", 3), ("Rosewood", "#a5524f", 28),
                ("Terracotta", "#b65a3c", 17), ("Bare Petal", "#c98a7b", 35),
            ),
            pictured="velvet-hour",
        ),
    ),
    DemoProduct(
        "AUB-102", "Glass Water lip oil", LIPS,
        "Shine you can see, no stick you can feel.",
        "Cold-pressed plum and a little squalane, in a bottle that looks like holiday light. Wear"
        " it alone in the morning, or over Velvet Hour when the evening needs a window.",
        "glass-water.webp", ("Shade",),
        shades(
            "GW", money(2600, 2200),
            (("Apricot", "#dd7441", 31), ("Cherry", "#b02a3a", 24), ("Clear Dew", "#efc9ae", 0)),
            pictured="glass-water",
        ),
    ),
    DemoProduct(
        "AUB-103", "Soft Line lip pencil", LIPS,
        "Draws the edge, then blurs it for you.",
        "Firm enough to draw with, soft enough to smudge with a fingertip. Californian cedar, a "
        "sharpener in the box, and six months of mornings in one pencil.",
        "soft-line.webp", ("Shade",),
        shades(
            "SL", money(1800, 1600),
            (("Fig", "#7d3340", 40), ("Rosewood", "#9c4a44", 52), ("Bare Petal", "#c47a68", 33)),
        ),
    ),
    DemoProduct(
        "AUB-201", "Second Light skin tint", FACE,
        "Your skin, after a week by the sea.",
        "Sheer where you want to be seen, kind where you do not. Twelve hours of light cover with"
        " mineral filters, SPF 20, and no scent at all.",
        "second-light.webp", ("Shade", "Size"),
        tuple(
            DemoVariant(
                f"SLT-{code}-{size[:2]}", {"Shade": shade, "Size": size}, prices, stock,
                colour=colour,
            )
            for code, shade, colour, stocks in (
                ("10", "10 Linen", "#e6c3a4", (14, 22)), ("20", "20 Honey", "#d2a07a", (19, 30)),
                ("30", "30 Amber", "#b67f57", (11, 26)), ("40", "40 Walnut", "#8a5a3b", (9, 21)),
                ("50", "50 Cocoa", "#5d3a27", (12, 18)),
            )
            for size, prices, stock in (
                ("30 ml", money(4600, 3900), stocks[1]), ("15 ml", money(2600, 2200), stocks[0]),
            )
        ),
    ),
    DemoProduct(
        "AUB-202", "Morning Veil cream blush", FACE,
        "The colour of having run for the bus, happily.",
        "Press, do not paint. A cream that melts to a veil and stays where you put it until you "
        "decide otherwise. The mirror is real glass, because you deserve to see well.",
        "morning-veil.webp", ("Shade",),
        shades(
            "MV", money(3200, 2700),
            (("Sunday", "#d9836f", 26), ("Peony", "#cf6a80", 18), ("Brick", "#b0543f", 1)),
            pictured="morning-veil",
        ),
    ),
    DemoProduct(
        "AUB-203", "First Ray highlighter", FACE,
        "Moonlight for cheekbones, pressed with a sunrise.",
        "Pearls ground so fine that they read as light, not glitter. The pressed sunrise wears "
        "away slowly; most people are sorry when it does.",
        "first-ray.webp", (),
        (
            DemoVariant(
                "FR-01", {}, money(3600, 3100), 44, compare_at=money(4500, 3900), colour="#efcfa6"
            ),
        ),
    ),
    DemoProduct(
        "AUB-204", "Quiet Lash mascara", FACE,
        "Length and lift, and not a flake by midnight.",
        "A tubing formula that comes off with warm water, in one go, without the panda. For eyes "
        "that water, lenses, and long films.",
        "quiet-lash.webp", ("Shade",),
        shades("QL", money(2800, 2400), (("Black", "#1d1716", 60), ("Umber", "#4a3226", 22))),
    ),
    DemoProduct(
        "AUB-205", "Dew Reserve serum", FACE,
        "Three drops before bed, good morning guaranteed.",
        "Ten per cent vitamin C in apricot oil, mixed in small lots and dated by hand. Three "
        "drops, warm palms, press. Your pillow gets none of it.",
        "dew-reserve.webp", ("Size",),
        (
            DemoVariant("DR-15", {"Size": "15 ml"}, money(3800, 3300), 20),
            DemoVariant(
                "DR-30", {"Size": "30 ml"}, money(6200, 5300), 25, compare_at=money(7400, 6300)
            ),
        ),
    ),
    DemoProduct(
        "AUB-206", "Slow Night cream", FACE,
        "A rich cream that has somewhere to be by morning.",
        "Oat lipids, shea and a whisper of lavender, whipped until it holds a swirl. Heavy in the"
        " jar, gone in a minute. The jar comes back to us for a refill.",
        "slow-night.webp", ("Size",),
        (
            DemoVariant("SN-50", {"Size": "50 ml"}, money(5800, 4900), 38),
            DemoVariant("SN-R50", {"Size": "Refill 50 ml"}, money(4600, 3900), 50),
        ),
    ),
    DemoProduct(
        "AUB-301", "No. 4 Lily & Smoke", FRAGRANCE,
        "White lily after the candles are out.",
        "Opens like a florist's door, dries down to birch smoke and skin. Eau de parfum, eight "
        "hours, and a scarf that remembers it until spring.",
        "lily-smoke.webp", ("Size",),
        (
            DemoVariant("N4-30", {"Size": "30 ml"}, money(7800, 6800), 16),
            DemoVariant("N4-50", {"Size": "50 ml"}, money(11800, 9900), 12),
            DemoVariant("N4-100", {"Size": "100 ml"}, money(16800, 14500), 5),
        ),
    ),
    DemoProduct(
        "AUB-302", "No. 7 Orchard Rain", FRAGRANCE,
        "Wet grass, green pear, the storm moving off.",
        "An eau de toilette for people who open the window when it rains. Vetiver keeps its feet "
        "on the ground; pear leaf does the rest.",
        "orchard-rain.webp", ("Size",),
        (
            DemoVariant("N7-50", {"Size": "50 ml"}, money(8800, 7500), 23),
            DemoVariant(
                "N7-100", {"Size": "100 ml"}, money(11200, 9600), 9,
                compare_at=money(13200, 11200),
            ),
        ),
    ),
    DemoProduct(
        "AUB-303", "Linen at Six candle", FRAGRANCE,
        "Clean sheets, late sun, nobody calling.",
        "Rapeseed wax, a cotton wick and fifty quiet hours. The glass is made to become your "
        "toothbrush cup afterwards.",
        "linen-at-six.webp", (),
        (DemoVariant("LS-220", {}, money(4200, 3600), 33),),
    ),
    DemoProduct(
        "AUB-401", "The Cloud powder brush", TOOLS,
        "So soft that people put it to their cheek twice.",
        "Forty thousand cruelty-free fibres, tied by hand, tapered so that powder lands where you"
        " look and nowhere else. Weighted to stand on its own nerve.",
        "cloud-brush.webp", (),
        (DemoVariant("CB-01", {}, money(4400, 3800), 15),),
    ),
    DemoProduct(
        "AUB-402", "Five Good Brushes", TOOLS,
        "Everything a face needs, and nothing it does not.",
        "Cloud, veil, arc, dot and line, in a washed linen roll. Bought one by one they are 148 "
        "euros; we would rather you had them all.",
        "five-brushes.webp", (),
        (DemoVariant("FB-05", {}, money(11900, 9900), 8, compare_at=money(14800, 12500)),),
    ),
    DemoProduct(
        "AUB-403", "Half Moon mirror", TOOLS,
        "An honest mirror on a brass foot.",
        "Silvered glass, true colour, no magnifying side: nobody needs that before coffee. The "
        "brass is left unlacquered, so it grows up with you.",
        "half-moon-mirror.webp", (),
        (DemoVariant("HM-01", {}, money(6800, 5900), 11),),
    ),
)  # fmt: skip

HOSTS = (
    DemoHost(
        "Inès Marlowe",
        "Artistic director. Has never finished a lipstick, owns four hundred.",
        "ines.webp",
    ),
    DemoHost("Tomasz Adeyemi", "Perfumer. Smells rain an hour early.", "tomasz.webp"),
)

SHOWS = (
    DemoShow(
        "velvet-hour-live",
        "The Velvet Hour: five autumn lips, live",
        "Inès paints five looks in an hour, answers what you ask, and shows what goes with what. "
        "Bring a mirror and a bare face; everything you see can be yours before she has put the "
        "cap on.",
        "cover-velvet-hour.webp", ("Inès Marlowe",),
        (
            "AUB-101", "AUB-102", "AUB-103", "AUB-202", "AUB-203", "AUB-201", "AUB-205", "AUB-401",
            "AUB-301",
        ),
        0, film="velvet-hour",
    ),
    DemoShow(
        "skin-before-colour",
        "Skin before colour: the quiet morning class",
        "Four things, in the order in which they go on, and why it is that order. A class to keep: "
        "use the chapters to find the step where yours goes wrong.",
        "cover-skin.webp", ("Inès Marlowe",),
        ("AUB-205", "AUB-206", "AUB-201", "AUB-203"),
        -3 * 24 * 60, film="skin-class",
    ),
    DemoShow(
        "slow-sunday",
        "Slow Sunday: a bath, a candle, two perfumes",
        "Tomasz from his own bathroom, filmed on a phone. No plan, one candle, and the answer to "
        "whether perfume belongs on wool.",
        "cover-slow-sunday.webp", ("Tomasz Adeyemi",),
        ("AUB-303", "AUB-302", "AUB-301", "AUB-206"),
        -6 * 24 * 60, film="slow-sunday",
    ),
    DemoShow(
        "rain-and-smoke",
        "Rain and smoke: two perfumes, one evening",
        "Tomasz opens both bottles, and the notebooks behind them. How a storm is bottled, why "
        "lilies smell louder at night, and where on the wrist it really goes.",
        "cover-rain-and-smoke.webp", ("Tomasz Adeyemi",),
        ("AUB-301", "AUB-302", "AUB-303"),
        24 * 60,
    ),
    DemoShow(
        "ten-minute-face",
        "The ten-minute face, with five good brushes",
        "From bare to out of the door in ten minutes, twice: once slowly, once against the clock.",
        "cover-ten-minute-face.webp",
        ("Inès Marlowe", "Tomasz Adeyemi"),
        ("AUB-201", "AUB-202", "AUB-204", "AUB-401", "AUB-402", "AUB-403"),
        4 * 24 * 60,
    ),
    DemoShow(
        "letters-to-the-mirror",
        "Letters to the mirror: your questions, one hour",
        "No new thing, no offer: an hour for what you asked under the last shows and never heard "
        "answered. Leave yours with the reminder.",
        "cover-letters.webp", ("Inès Marlowe",),
        ("AUB-403", "AUB-101", "AUB-205"),
        9 * 24 * 60,
    ),
)  # fmt: skip

HOUSE = House(
    BRAND, CATEGORIES, PRODUCTS, HOSTS, SHOWS,
    (
        DemoShipping("Standard", "2–4 working days", money(390, 350)),
        DemoShipping("Express", "Next working day when ordered before 14:00", money(890, 790)),
    ),
    ("Odile Varga", "Pia Lindqvist", "Mo Okafor"), "Noa Winter",
)  # fmt: skip
product = HOUSE.product
