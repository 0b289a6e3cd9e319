"""Refusals, in the language of the person who reads them."""

from django.utils.translation import gettext as _

from showfloor.accounts.languages import override_language


def test_each_person_is_answered_in_their_language() -> None:
    with override_language("de") as speak:
        said = []
        for language in ("", "en", "xx", "../../en", "de", "en"):
            speak(language)
            said.append(_("Write something first."))
    german, english = "Schreib zuerst etwas.", "Write something first."
    assert said == [german, english, german, german, german, english]
