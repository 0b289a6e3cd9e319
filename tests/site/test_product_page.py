"""The answers for a shop's own page of a product: exact ones, of public shows only."""

from datetime import timedelta
from typing import Any, Literal

import pytest
from django.test import Client

from showfloor.accounts.models import Brand, User
from showfloor.catalogue.models import Product
from showfloor.community.questions import erasure, queries, services
from showfloor.community.questions.models import Question
from showfloor.community.questions.services import AnswerRequest
from showfloor.shows import services as shows
from showfloor.shows.models import Show
from showfloor.shows.services import ShowChanges
from tests.community.interacting import asked
from tests.support.shows import Caller, guest, make_show, product_ids, started_before

SITE = "http://localhost:8000"


@pytest.fixture
def show(brand: Brand, producer: User) -> Show:
    """Live for 100 s."""
    show = make_show(brand)
    shows.start(show, producer)
    return started_before(show, 100)


@pytest.fixture
def product(show: Show) -> Product:
    return Product.objects.for_brand(show.brand_id).get(pk=product_ids(show)[0])


type How = Literal["on_air", "public", "private"]


def answered(
    show: Show, product: Product, producer: User, text: str, how: How = "public", at_s: float = 0
) -> Question:
    assert show.started_at is not None
    question = asked(show, guest(product.brand), text, product_id=product.pk)
    words = "" if how == "on_air" else f"An answer to {text}"
    picture = show.started_at + timedelta(seconds=at_s) if how == "on_air" else None
    return services.answer(show, question.pk, AnswerRequest(how, words, picture), producer)


def read(product: str, brand: str = "maison-test") -> tuple[int, Any]:
    return Caller().call("GET", f"/brands/{brand}/products/{product}/answers")


def texts(product: Product) -> list[str]:
    status, found = read(product.pk)
    assert status == 200
    return [one["question"] for one in found]


def test_answers_with_the_way_to_them(show: Show, product: Product, producer: User) -> None:
    vegan = answered(show, product, producer, "Is it vegan?", "on_air", 12.75)
    lasts = answered(show, product, producer, "Does it last?")
    asked(show, guest(product.brand), "Which brush fits?", product_id=product.pk)
    where = {"slug": show.slug, "title": "Spring lips"}
    expected = [
        {
            "question_id": vegan.pk, "question": "Is it vegan?", "answer": None, "show": where,
            "answered_at_s": 12.75, "url": f"{SITE}/shows/{show.slug}?t=12",
        },
        {
            "question_id": lasts.pk, "question": "Does it last?", "show": where,
            "answer": "An answer to Does it last?",
            "answered_at_s": None, "url": f"{SITE}/shows/{show.slug}",
        },
    ]  # fmt: skip
    assert read(product.pk) == (200, expected)
    assert read(product.reference) == (200, expected)
    other = Product.objects.for_brand(show.brand_id).get(pk=product_ids(show)[1])
    assert read(other.pk) == (200, [])


def test_any_page_may_read_them(show: Show, product: Product) -> None:
    address = f"/api/v1/brands/maison-test/products/{product.pk}/answers"
    response = Client().get(address, headers={"origin": "https://shop.test"})
    assert (response.status_code, response["Access-Control-Allow-Origin"]) == (200, "*")
    assert "Access-Control-Allow-Credentials" not in response


def test_another_brands_product_is_not_there(product: Product, other_brand: Brand) -> None:
    for found in (read(product.pk, "rival"), read("no-such"), read(product.pk, "no-such")):
        assert (found[0], found[1]["code"]) == (404, "not-found")


def test_only_what_is_public(show: Show, product: Product, producer: User) -> None:
    question = answered(show, product, producer, "Is it vegan?")
    answered(show, product, producer, "Where is my parcel?", "private")
    assert texts(product) == ["Is it vegan?"]
    for hidden, shown in (({"published": False}, {"published": True}), ({"is_test": True}, None)):
        shows.update_show(show, ShowChanges(dict(hidden)))
        assert texts(product) == []
        if shown:
            shows.update_show(show, ShowChanges(dict(shown)))
            assert texts(product) == ["Is it vegan?"]
    shows.update_show(show, ShowChanges({"is_test": False}))
    services.remove(show, question.pk, producer)
    assert texts(product) == []


def test_erased_persons_question_is_absent_from_the_product_page(
    show: Show, product: Product, producer: User
) -> None:
    question = answered(show, product, producer, "Is it vegan?")
    answered(show, product, producer, "Does it last?")
    erasure.forget_person(show.brand_id, question.author)
    assert texts(product) == ["Does it last?"]


def test_only_the_first_answers_are_shown(show: Show, product: Product, producer: User) -> None:
    for text in ("One?", "Two?", "Three?"):
        answered(show, product, producer, text)
    first = [one["question"] for one in queries.answers_for(product, limit=2)]
    assert first == ["One?", "Two?"]
