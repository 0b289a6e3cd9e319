"""Words that nearly every text has, by language. They say nothing about what a text is about, and
they end sentences and begin them."""

from collections.abc import Mapping

_ENGLISH = """
a about again all also am an and any are as at be because been but by can could did do does doing
don for from get got had has have having hello hey hi how i if in into is it its just know like may
me my need no not now of off ok on once one or other our out over please possible really right same
she should so some someone still tell than thank thanks that the their them then there these they
thing this those to today too up us use using very want was we were what when where which while who
why will with would yes you your
"""
_GERMAN = """
aber alle als also am an auch auf aus bei beim bin bis bitte da danke dann das dass dem den der des
die dies diese diesem diesen dieser dieses doch du ein eine einem einen einer eines er es euch eure
fur geht gibt grade hab habe haben habt hallo hat heute ich ihr ihre im in ins ist ja jetzt kann
kannst kein keine konnen konnt konnte man mal mehr mein meine mich mir mit mussen nach nicht noch
nur ob oder schon sein seid sich sie sind so soll trotzdem uber um und uns vom von vor war warum was
weil welche welchen welcher welches wenn werden wie wieder will wir wird wo zu zum zur
"""
# Folded: without accents, in lower case.
STOP_WORDS: Mapping[str, frozenset[str]] = {
    "en": frozenset(_ENGLISH.split()),
    "de": frozenset(_GERMAN.split()),
}
