"""The sentence of withdrawal information that a deduction for a loss of value rests on."""

import pytest

from showfloor.legal.rules import says_loss


@pytest.mark.parametrize(
    "text",
    [
        "You are only liable for any diminished\nvalue of the goods.",
        "Sie müssen für einen etwaigen Wertverlust der Waren aufkommen.",
        "Vous n'êtes responsable que de la dépréciation du bien.",
        "Ön az áru értékcsökkenéséért felel.",
        "Zodpovedáte len za zníženie hodnoty tovaru.",
        "Odgovorni ste samo za zmanjšanje vrednosti blaga.",
        "Odgovorni ste samo za umanjenje vrijednosti robe.",
        "Sunteți responsabil doar pentru diminuarea valorii bunurilor.",
        "Ευθύνεστε μόνο για τη μείωση της αξίας των αγαθών.",
        "Вие отговаряте само за намалената стойност на стоките.",
        "Vastutate üksnes kauba väärtuse vähenemise eest.",
        "Jūs esat atbildīgs vienīgi par preču vērtības samazināšanos.",
        "Jūs esate atsakingas tik už prekių vertės sumažėjimą.",
        "Du ansvarar bara för varornas minskade värde.",
    ],
)
def test_loss_of_value_is_found_in_the_languages_of_the_union(text: str) -> None:
    assert says_loss(text)
    assert not says_loss(text.partition(" ")[0])
