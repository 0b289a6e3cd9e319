"""`make bench ONLY=`: which benchmarks a list of names chooses."""

import json

import pytest

from benchmarks.__main__ import NAMES, RESULTS, chosen, figures_of


def test_name_of_a_figure_chooses_its_benchmark_once() -> None:
    assert chosen(["append_per_s_pg", "append_per_s_sqlite", "join"]) == ["append", "join"]
    assert chosen([]) == list(NAMES)


def test_unknown_name_lists_benchmarks_and_figures() -> None:
    with pytest.raises(LookupError) as error:
        chosen(["join", "holds_per_hour"])
    sentence = str(error.value.args[0])
    assert sentence.startswith("there is no benchmark or figure holds_per_hour;")
    assert all(figure in sentence for name in NAMES for figure in (name, *figures_of(name)))


def test_kept_results_have_declared_figures_alone() -> None:
    for name in NAMES:
        files = sorted(RESULTS.glob(f"*-{name}.json"))
        if files:
            figures = json.loads(files[-1].read_text("utf-8"))["figures"]
            assert {figure["name"] for figure in figures} <= set(figures_of(name)), name
