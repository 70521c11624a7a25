

def test_texts_of_long_words_are_read_to_their_end() -> None:
    """German compounds are longer than most words; an alias behind them is found in its place."""
    text = "Bundesverfassungsgerichtspräsidentschaftskandidatur " * 40 + "Afghanistan"
    (match,), _ = load_lexicon().find({"body": text})
    assert text[match.start : match.end] == "Afghanistan"
