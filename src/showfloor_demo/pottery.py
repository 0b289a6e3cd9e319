"""Scherbenglück, an invented pottery: the second brand of the demo, in German."""

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
    slug="scherbenglueck",
    name="Scherbenglück",
    tagline="Steinzeug, Stück für Stück gedreht.",
    accent="#2f6468",
    currency="EUR",
    mark="mark-scherbenglueck.png",
    icon="icon-scherbenglueck.png",
    hero="hero-scherbenglueck.webp",
    display_font="geometric",
    language="de",
    host_name="scherbenglueck.localhost",
    domain="scherbenglueck.example",
)
TABLE, HOME = "Tisch", "Raum"
CATEGORIES = (TABLE, HOME)
GLAZE = "Glasur"
SAGE, SAND, NIGHT, CLAY = "#9db29a", "#dcc9a8", "#34506b", "#b9714f"

PRODUCTS: tuple[DemoProduct, ...] = (
    DemoProduct(
        "SCH-101", "Becher „Morgen“", TABLE,
        "Für den Kaffee, der noch nichts sagen muss.",
        "Ohne Henkel, weil warme Hände der bessere Griff sind. Fasst 240 ml, darf in die "
        "Spülmaschine und wird mit jedem Jahr ein wenig seidiger.",
        "becher-morgen.webp", (GLAZE,),
        shades(
            "BM", money(2800, 2400),
            (("Salbei", SAGE, 26), ("Sand", SAND, 31), ("Nachtblau", NIGHT, 2)),
            pictured="becher-morgen", option=GLAZE,
        ),
    ),
    DemoProduct(
        "SCH-102", "Schale „Sonntag“", TABLE,
        "Groß genug für Obst, tief genug für Suppe.",
        "Innen glasiert, außen roher Ton: So bleibt die Hand am Material. 16 cm weit, stapelbar, "
        "und jede hat ihren eigenen Rand.",
        "schale-sonntag.webp", (GLAZE,),
        shades(
            "SS", money(3400, 2900), (("Sand", SAND, 22), ("Salbei", SAGE, 14)),
            pictured="schale-sonntag", option=GLAZE,
        ),
    ),
    DemoProduct(
        "SCH-103", "Vase „Halm“", HOME,
        "Ein Zweig genügt, zwei sind ein Fest.",
        "Schmaler Hals, schwerer Fuß: Sie steht auch im Durchzug. Bei 1250 Grad gebrannt und "
        "deshalb wirklich dicht.",
        "vase-halm.webp", ("Höhe",),
        (
            DemoVariant("VH-18", {"Höhe": "18 cm"}, money(5200, 4500), 9),
            DemoVariant(
                "VH-26", {"Höhe": "26 cm"}, money(7400, 6400), 6, compare_at=money(8600, 7400)
            ),
        ),
    ),
    DemoProduct(
        "SCH-104", "Karaffe „Quelle“", TABLE,
        "Gießt ohne zu tropfen, versprochen.",
        "Ein Liter Leitungswasser wird darin zu etwas Besonderem. Die Tülle ziehen wir von Hand, "
        "bevor der Ton es sich anders überlegt.",
        "karaffe-quelle.webp", (),
        (DemoVariant("KQ-1", {}, money(6800, 5900), 8, colour=NIGHT),),
    ),
    DemoProduct(
        "SCH-105", "Teller „Mittag“", TABLE,
        "Der Teller, von dem Butterbrot festlich schmeckt.",
        "Flach, mit einem Rand, der die Soße hält. Einzeln gedreht, also nie ganz gleich und "
        "immer zusammen schön.",
        "teller-mittag.webp", ("Größe",),
        (
            DemoVariant("TM-22", {"Größe": "22 cm"}, money(3200, 2800), 24),
            DemoVariant("TM-27", {"Größe": "27 cm"}, money(3900, 3400), 18),
        ),
    ),
    DemoProduct(
        "SCH-106", "Windlicht „Glimm“", HOME,
        "Macht aus einem Teelicht einen Abend.",
        "Dünn ausgedreht, bis das Licht durch den Ton kommt. Außen matt, innen ein Hauch Gold.",
        "windlicht-glimm.webp", (),
        (DemoVariant("WG-1", {}, money(1600, 1400), 40, colour=SAND),),
    ),
    DemoProduct(
        "SCH-107", "Dose „Honig“", TABLE,
        "Mit einem Deckel, der leise schließt.",
        "Für Honig, Salz oder Briefmarken. Der Knauf ist ein Rest vom selben Klumpen, nichts "
        "wird weggeworfen.",
        "dose-honig.webp", (GLAZE,),
        shades("DH", money(4600, 3900), (("Honig", "#c8923f", 12), ("Salbei", SAGE, 7)),
               pictured="dose-honig", option=GLAZE),
    ),
)  # fmt: skip

HOSTS = (
    DemoHost("Lene Brodersen", "Töpferin. Hat noch nie zweimal dieselbe Tasse gedreht.",
             "lene.webp"),
)  # fmt: skip

SHOWS = (
    DemoShow(
        "offene-werkstatt",
        "Offene Werkstatt: live an der Drehscheibe",
        "Lene dreht, erzählt und zeigt, was heute aus dem Ofen kam. Mit dem Telefon gefilmt, so "
        "nah, wie man sonst nicht herankommt.",
        "cover-werkstatt.webp", ("Lene Brodersen",),
        ("SCH-101", "SCH-102", "SCH-103", "SCH-104", "SCH-105", "SCH-106", "SCH-107"),
        0, film="werkstatt",
    ),
    DemoShow(
        "ofen-auf",
        "Ofen auf! Der erste Brand im Advent",
        "Vierzehn Stunden Feuer, zwei Tage Geduld, und dann der Moment, in dem die Tür aufgeht. "
        "Was gelungen ist, geht gleich auf den Tisch.",
        "cover-ofen.webp", ("Lene Brodersen",),
        ("SCH-106", "SCH-103", "SCH-107"),
        2 * 24 * 60,
    ),
)  # fmt: skip

HOUSE = House(
    BRAND, CATEGORIES, PRODUCTS, HOSTS, SHOWS,
    (
        DemoShipping("Paket", "3–5 Werktage, bruchsicher in Holzwolle", money(590, 520)),
        DemoShipping("Abholung in der Werkstatt", "Donnerstag bis Samstag", money(0, 0)),
    ),
    ("Wiebke Sund", "Jannis Roth", "Fritzi Kern"), "Enno Brandt",
)  # fmt: skip
product = HOUSE.product
