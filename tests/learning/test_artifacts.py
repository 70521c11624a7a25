"""A stored model is data with a hash: changed, it is refused; unchanged, it is the same model."""

import json

import pytest

from classifiers import artifact as artifacts
from classifiers.registry import load, trainer
from classifiers.types import Artifact, Example, Text

EXAMPLES = [
    Example(
        id=str(n),
        text=Text(title=f"Kabul apples {n}", body="Islamabad buys apples"),
        relevant=n < 2,
    )
    for n in range(5)
]
TEXTS = [Text(title="Islamabad buys Kabul apples", body="Traders said"), Text(title="", body="")]


def test_a_model_comes_back_as_it_was_written() -> None:
    made = trainer().train(EXAMPLES)
    back = artifacts.loads(artifacts.dumps(made))
    assert back.id == made.id
    assert load(back).judge(TEXTS) == load(made).judge(TEXTS)


def test_a_changed_weight_is_refused() -> None:
    body = json.loads(artifacts.dumps(trainer().train(EXAMPLES)))
    body["params"]["weights"]["title_ttp"] += 0.1
    with pytest.raises(artifacts.ArtifactError, match="does not match its hash"):
        artifacts.loads(json.dumps(body))


def test_an_artifact_with_a_borrowed_id_is_refused_on_load() -> None:
    made = trainer().train(EXAMPLES)
    forged = Artifact(id=made.id, trainer=made.trainer, params={**made.params, "calibrated": True})
    with pytest.raises(artifacts.ArtifactError):
        load(forged)


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", "{}", '{"format": 1}', "\0", "[" * 100_000, '{"id": NaN}', "9" * 5000],
)
def test_what_is_no_model_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(artifacts.ArtifactError) as refusal:
        artifacts.loads(text)
    assert "\n" not in str(refusal.value)


def test_figures_that_are_none_are_refused() -> None:
    with pytest.raises(artifacts.ArtifactError, match="figures"):
        artifacts.check(artifacts.make("two-pole", {"weights": {"intercept": float("nan")}}))


def test_a_model_of_another_trainer_is_refused() -> None:
    with pytest.raises(artifacts.ArtifactError, match="no trainer"):
        load(artifacts.make("oracle", {}))


def test_nothing_stored_is_code() -> None:
    text = artifacts.dumps(trainer().train(EXAMPLES))
    assert text.isascii()
    assert json.loads(text)["sha256"]
