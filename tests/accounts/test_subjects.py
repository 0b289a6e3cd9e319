"""Subjects: how their text is read and written."""

import pytest

from showfloor.accounts.subjects import NAMELESS, Subject, SubjectKind

ID = "01m8gnj77aarcns3jen1ds5jgq"


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        (Subject.guest(ID), f"g:{ID}"),
        (Subject.member(ID), f"m:{ID}"),
        (Subject.staff(ID), f"u:{ID}"),
    ],
)
def test_subject_is_read_as_it_was_written(subject: Subject, text: str) -> None:
    assert (str(subject), Subject.parse(text), Subject.parse_person(text)) == (
        text, subject, subject,
    )  # fmt: skip


def test_subject_has_one_kind() -> None:
    kinds = [Subject.parse(f"{kind.prefix}{ID}") for kind in SubjectKind]
    assert [(one.is_guest, one.is_member, one.is_staff) for one in kinds] == [
        (True, False, False),
        (False, True, False),
        (False, False, True),
    ]


def test_reader_without_a_token_is_a_nameless_guest() -> None:
    nameless = Subject.parse(NAMELESS)
    assert (NAMELESS, nameless.is_guest, nameless.is_nameless) == ("g:", True, True)
    assert not Subject.guest(ID).is_nameless
    assert Subject.parse_person(NAMELESS) is None


@pytest.mark.parametrize("text", ["", "everyone", f"x:{ID}", f"G:{ID}", ID, f"guest:{ID}"])
def test_text_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Subject.parse(text)
    assert Subject.parse_person(text) is None


@pytest.mark.parametrize("key", ["*", "%", "one", ID.upper(), f"{ID}0", f" {ID}"])
def test_text_with_an_impossible_id_names_no_person(key: str) -> None:
    assert Subject.parse(f"g:{key}").id == key
    assert Subject.parse_person(f"g:{key}") is None
