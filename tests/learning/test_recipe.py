"""A topic is data: any poles and any figures of the known kinds make a judge, bounded and shown."""

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.pack import load_pack
from classifiers.recipe import PLACES, Counts, Recipe, RecipeError
from classifiers.template import template

ONE = {"chips": None}
TWO = {"dam": {"is": "thing"}, "river": {"is": "thing"}}
SHIPPED = load_pack().recipe
SIGNS = sorted(
    {s for f in SHIPPED.features for s in (*f.of, *chain(*(n[1] for n in f.needs)))}
    | {"pakistan:actor", "press:pakistan", "press:afghanistan"}
)
COUNTED = st.dictionaries(st.sampled_from(SIGNS), st.integers(1, 50))


@given(COUNTED, COUNTED, COUNTED, COUNTED, st.integers(0, 900), st.sampled_from(["full", "short"]))
def test_every_figure_lies_in_nought_to_one_whatever_was_counted(
    title: dict[str, int],
    top: dict[str, int],
    body: dict[str, int],
    everywhere: dict[str, int],
    length: int,
    kind: str,
) -> None:
    counts = Counts(
        title, top, body, everywhere, length, "full" if kind == "full" else "short", 1.0
    )
    assert all(0.0 <= value <= 1.0 for value in SHIPPED.values(counts))


def test_a_topic_with_one_pole_has_figures_that_tell_it() -> None:
    recipe = Recipe(ONE, template(ONE))
    told = dict(zip(recipe.names, recipe.values(Counts({"chips": 1}, {"chips": 1})), strict=True))
    assert told["title_chips"] == 1.0
    assert told["lead_chips"] == 0.5
    silent = dict(zip(recipe.names, recipe.silent("short"), strict=True))
    assert {name for name, value in silent.items() if value} == {"no_pole", "short"}
    alone = {f.name: f.prior for f in recipe.features}
    assert alone["title_chips"] + alone["lead_chips"] > 3.6, "the pole alone must reach even odds"


def test_two_poles_without_a_group_count_together() -> None:
    recipe = Recipe(TWO, template(TWO, words=("flood",)))
    both = {"dam": 1, "river": 1}
    one = dict(zip(recipe.names, recipe.values(Counts({"dam": 1}, {"dam": 1})), strict=True))
    two = dict(zip(recipe.names, recipe.values(Counts(both, both)), strict=True))
    assert one["title_sides"] == 0.0
    assert two["title_sides"] == 1.0
    assert two["lead_sides"] == 0.5
    assert "word_flood" in recipe.names


def test_every_row_of_the_template_has_a_weight_and_words() -> None:
    for row in template(TWO, words=("flood",)):
        assert row["prior"]
        assert row["label"]


def test_a_gate_lets_through_only_what_it_names() -> None:
    row = {"name": "talks", "kind": "level", "of": ["w:talks"], "part": "top", "full": 2,
           "needs": {"top": ["dam"]}, "otherwise": 0.5,
           "without": {"title": ["sport"]}}  # fmt: skip
    figure = Recipe(TWO, [row]).values
    assert figure(Counts(top={"w:talks": 2, "dam": 1})) == (1.0,)
    assert figure(Counts(top={"w:talks": 2})) == (0.5,)
    assert figure(Counts(title={"sport": 1}, top={"w:talks": 2, "dam": 1})) == (0.0,)


def test_a_poles_own_press_and_people_stand_for_it() -> None:
    poles = {"dam": {"press": 0.3, "actors": 0.8}, "river": {}}
    row = {"name": "x", "kind": "product", "of": ["dam", "river"], "part": "title", "full": 1}
    figure = Recipe(poles, [row]).values
    river, actor = {"river": 1}, {"river": 1, "dam:actor": 1}
    assert figure(Counts(title=river)) == (0.0,)
    assert figure(Counts(title=river, any={"press:dam": 1})) == (0.3,)
    assert figure(Counts(title=actor, any={"press:dam": 1})) == (0.8,)
    assert figure(Counts(title=actor)) == (0.0,), "elsewhere its people do not stand for it"


def test_the_evidence_of_a_figure_comes_from_its_own_row() -> None:
    for feature in SHIPPED.features:
        source = SHIPPED.sources.get(feature.name)
        if feature.kind in {"level", "density", "product"}:
            assert source is not None
            assert source[0] == PLACES[feature.part]
            assert set(feature.of) <= source[1]
        if feature.kind in {"short", "likeness"}:
            assert source is None


@pytest.mark.parametrize(
    ("poles", "row", "says"),
    [
        ({}, {}, "at least one"),
        ({"a": {"is": "planet"}}, {}, "planet"),
        ({"a": {"press": 2}}, {}, "0..1"),
        ({"a": {"prss": 0.3}}, {}, "prss"),
        (ONE, {"name": "x", "kind": "sum"}, "sum"),
        (ONE, {"name": "x", "kind": "level"}, "needs signs"),
        (ONE, {"name": "x", "kind": "level", "of": ["chips"], "full": 0}, "above 0"),
        (ONE, {"name": "x", "kind": "level", "of": ["chips"], "full": [1, 2]}, "one a sign"),
        (ONE, {"name": "x", "kind": "level", "of": ["chips"], "part": "foot"}, "foot"),
        (ONE, {"name": "x", "kind": "level", "of": ["chips"], "wieght": 1}, "wieght"),
    ],
)
def test_a_mistake_in_a_recipe_is_named(
    poles: dict[str, object], row: dict[str, object], says: str
) -> None:
    with pytest.raises(RecipeError, match=says):
        Recipe(poles, [row])


def test_no_name_stands_twice() -> None:
    with pytest.raises(RecipeError, match="twice"):
        Recipe(ONE, [{"name": "x", "kind": "flag"}, {"name": "x", "kind": "short"}])
