"""The lines of the audience of the pottery's *Offene Werkstatt*, by the product on screen."""

from showfloor.audience.script import ANY_TIME, Buyer, Persona, Reply, Script

CAST = (
    Persona("Gesa", talkative=1.4, generous=1.3), Persona("Torben", talkative=0.9),
    Persona("Almut R.", talkative=1.2, generous=1.5), Persona("Kerstin aus Prenzlau"),
    Persona("Malte"), Persona("Henrike", talkative=1.3), Persona("Oma Ilse", generous=1.4),
    Persona("Yasemin", talkative=1.1), Persona("Jule"), Persona("Bernd T.", talkative=0.7),
    Persona("Friederike", talkative=0.8), Persona("Ole", talkative=0.6),
)  # fmt: skip

LINES: dict[str, tuple[str, ...]] = {
    ANY_TIME: (
        "Moin zusammen!", "Guten Abend aus Leipzig", "Endlich, ich habe mich die ganze Woche gefreut",
        "Hallo aus der Küche, der Teig geht gerade", "Die Hände möchte ich haben",
        "Ist das beruhigend", "Man hört fast die Scheibe surren", "Bin neu hier, hallo",
        "Willkommen @Jule!", "Schön nah gefilmt heute", "Ich war im Sommer bei euch in der Werkstatt",
        "Der Hund lag wieder unter der Bank, oder?", "Die Farben sind in echt genauso, kann ich bestätigen",
        "Kam bei mir heil an, in ganz viel Holzwolle", "Ich schaue vom Zug aus, Bild ist top",
        "Bei uns schneit es schon", "Tee steht bereit", "Und morgen dann wieder Plastikbecher im Büro, nein danke",
        "So ruhig erklärt, danke", "Ich könnte stundenlang zusehen", "Genau das brauche ich heute",
        "Mein Sohn will jetzt auch töpfern", "Aus der Uckermark ins Ruhrgebiet, ich liebe es",
        "Jedes Stück anders, so soll das sein", "Hach", "Stimmt", "Wie schön", "Gut zu wissen",
        "Das erzähle ich gleich meiner Schwester", "Gibt es bald wieder einen Kurs?",
        "Grüße an Lene!", "Weihnachten ist damit erledigt", "Nur noch kurz gucken, habe ich gesagt",
        "Ich auch, vor einer Stunde", "Bester Freitagabend", "Das Licht in eurer Werkstatt ist so weich",
    ),
    "SCH-101": (
        "Der Morgen-Becher, mein treuster Begleiter", "Salbei oder Sand?", "Salbei, gar keine Frage",
        "Ohne Henkel war ich skeptisch, jetzt will ich nichts anderes", "Nachtblau ist fast weg!",
        "Liegt so gut in der Hand", "Hält den Kaffee erstaunlich lange warm", "Habe vier, einer geht noch",
        "Die kleinen Pünktchen sind das Schönste", "Passt der unter die Kaffeemaschine?",
        "Bei mir passt er drunter, ganz knapp", "Meiner läuft seit drei Jahren durch die Spülmaschine",
        "Der rohe Fuß fühlt sich toll an", "Sand für mich, Salbei für den Mann",
    ),
    "SCH-102": (
        "Die Schale!", "Bei uns ist da immer Obst drin", "Suppe daraus schmeckt nach Urlaub",
        "Der Rand ist bei jeder anders, ich liebe das", "Stapelbar ist Gold wert in meiner Küche",
        "Für Porridge perfekt", "Innen glatt, außen rau, so gut", "Sand sieht aus wie Dünen",
        "Ich nehme zwei, wir sind ja zu zweit", "Kartoffelsalat für vier passt rein, getestet",
    ),
    "SCH-103": (
        "Ein Zweig genügt, das stimmt wirklich", "Bei mir steht Schlehe drin", "Dieses Blau!",
        "Ist die dicht? Meine alte hat getropft", "Dicht, steht seit Mai auf dem Holztisch",
        "18 oder 26 cm, was meint ihr?", "Die große für Gräser, die kleine für Rosen",
        "So eine schöne Schulter hat die", "Reduziert? Oh nein, oh ja", "Katzensicher, der Fuß ist schwer",
    ),
    "SCH-104": (
        "Tropft sie wirklich nicht?", "Kein Tropfen, ich schwöre", "Die Tülle ist ein kleines Kunstwerk",
        "Leitungswasser mit Haltung", "Hätte ich gern zur Hochzeit bekommen", "Blau auf dem weißen Tischtuch, wow",
        "Passt in die Kühlschranktür?", "In meine ja", "Ein Liter ist genau richtig",
    ),
    "SCH-105": (
        "Butterbrot festlich, ich kann nicht mehr", "Diese Spirale in der Mitte", "Darf der in den Ofen?",
        "Ich serviere nur noch darauf", "22 fürs Frühstück, 27 für abends", "Der Rand hält die Soße, bestätigt",
        "Nie ganz gleich und immer zusammen schön, schöner Satz", "Sechs Stück auf dem Wunschzettel",
        "Leicht sind die auch, hätte ich nicht gedacht",
    ),
    "SCH-106": (
        "Das Licht kommt durch den Ton!", "Macht sofort Abend", "Drei nebeneinander auf der Fensterbank",
        "Für 16 Euro ein perfektes Mitbringsel", "Innen Gold, außen nix, so mag ich das",
        "Wird es außen heiß?", "Nur warm, man kann es anfassen", "Oma bekommt zwei",
        "Wie dünn ist das denn gedreht", "Adventsstimmung, jetzt schon",
    ),
    "SCH-107": (
        "Der Deckel klingt so schön, wenn er zugeht", "Honig in Honig, herrlich", "Bei mir ist Salz drin",
        "Briefmarken, haha", "Der Knauf aus dem Rest, das ist klug", "Passt ein halbes Kilo Honig rein?",
        "Knapp, mit Löffel nicht mehr", "Salbei wäre auch fein", "Erbstück, das weiß ich jetzt schon",
    ),
}  # fmt: skip

ANSWERS: dict[str, dict[str, str]] = {
    ANY_TIME: {
        "Liefert ihr auch nach Österreich?": "Ja, in vier bis sechs Werktagen, genauso gut gepolstert.",
        "Was passiert, wenn etwas kaputt ankommt?": "Foto schicken genügt, dann geht Ersatz auf den Weg. Die Scherben behaltet ihr als Glück.",
        "Kann man bei euch auch selbst drehen?": "Ja, samstags. Die Termine für das neue Jahr kommen im Dezember.",
    },
    "SCH-101": {
        "Darf der Becher in die Mikrowelle?": "Ja, Steinzeug macht das mit. Nur der Fuß kann warm werden.",
        "Wie viel passt hinein?": "240 ml bis kurz unter den Rand, also ein großer Kaffee mit Platz für Milch.",
    },
    "SCH-102": {"Sind die Schalen stapelbar?": "Ja, vier übereinander stehen sicher; der rohe Rand verhindert das Rutschen."},
    "SCH-103": {"Ist die Vase wirklich dicht?": "Ja. Bei 1250 Grad sintert der Ton, da kommt nichts mehr durch."},
    "SCH-104": {"Bekommt man mit der Hand hinein zum Putzen?": "Mit einer Flaschenbürste ja, und sie darf in die Spülmaschine."},
    "SCH-105": {"Ofenfest?": "Bis 200 Grad, wenn er mit aufheizen darf. Bitte nicht vom Kühlschrank direkt hinein."},
    "SCH-106": {"Welche Teelichter passen?": "Alle üblichen mit 4 cm, auch die etwas höheren."},
    "SCH-107": {"Ist der Deckel luftdicht?": "Nicht ganz: Er liegt auf. Für Salz und Honig genau richtig, für Kaffee lieber nicht."},
}  # fmt: skip

REPLIES = (
    Reply(("salbei oder sand",), "Salbei am Morgen, Sand am Nachmittag."),
    Reply(("bin neu hier",), "Willkommen, hol dir einen Tee!"),
    Reply(("was meint ihr",), "Die große, ganz klar."),
    Reply(("in den ofen",), "Lene hat letztes Mal gesagt: bis 200 Grad."),
    Reply(("hund",), "Er schläft, man hört ihn nur manchmal."),
    Reply(("kurs",), "Samstags, hat Lene geschrieben."),
    Reply(("wird es außen heiß",), "Bei mir nicht, nur angenehm warm."),
)
POLL_LINES = (
    "Abgestimmt!",
    "Schwierig heute",
    "Ganz klar die Mitte",
    "Ich sehe uns vorn",
    "Knapp!",
)
BOUGHT_LINES = (
    "Bestellt!", "Und schon gekauft", "Einmal für mich, einmal zum Verschenken", "Hat geklappt, danke",
    "Mein erstes Stück von euch", "Ging ja schnell",
)  # fmt: skip

SCRIPT = Script(
    CAST, LINES, {key: tuple(pairs) for key, pairs in ANSWERS.items()}, REPLIES, POLL_LINES,
    BOUGHT_LINES, Buyer("Am Markt 3", "17291", "Prenzlau", "DE", "post.example"),
)  # fmt: skip
