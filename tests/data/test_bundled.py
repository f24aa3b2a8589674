import polars as pl

from glasswork.data import DataOptions, bundled_table, encode, prepare


def test_the_bundled_table_is_scikit_learn_s():
    from sklearn.datasets import load_breast_cancer

    theirs = load_breast_cancer()
    ours = bundled_table()
    assert [name.replace("_", " ") for name in ours.columns[:10]] == [
        name.removeprefix("mean ") + " mean" for name in theirs.feature_names[:10]
    ]
    assert (ours.drop("diagnosis").to_numpy() == theirs.data).all()
    assert ours["diagnosis"].to_list() == [str(theirs.target_names[code]) for code in theirs.target]


def test_without_paths_the_bundled_table_is_used():
    prepared = prepare(DataOptions(), seed=1)
    assert prepared.notes[0].startswith("no data given: the bundled breast-cancer table")
    assert prepared.contract.positive == "malignant"
    assert prepared.contract.sources == ("bundled:breast-cancer",)
    examples = encode(prepared.contract, bundled_table().head(3).select(pl.all().exclude("diagnosis")))
    assert (examples.inputs["numbers"] == prepared.examples.inputs["numbers"][:3]).all()
