"""What the course says of learning from memory and by competition."""

import pytest

from glasswork import catalog, learning, models
from glasswork.catalog import describe, find

# The course's list, and the learners that realise each way.
WAYS = {
    "error-correction": ["delta_rule", "perceptron_trick", "perceptron_convergence", "backpropagation"],
    "memory-based": ["memory_based"],
    "competitive": ["competitive_learning", "self_organising"],
}


@pytest.mark.course(
    "MEM-04",
    verdict="holds",
    seen="each of the course's three ways of learning, error correction, "
    "memory and competition, is one or more learners of one room, with formula, source and the model that it teaches",
)
def test_the_three_ways_of_learning_are_in_the_room():
    names = catalog.names("learning")
    for way, learners in WAYS.items():
        for name in learners:
            assert name in names, way
            entry = describe("learning", name)
            assert entry.formula
            assert entry.source
            assert issubclass(find("learning", name), learning.rule.Rule)
    for name, kind in (("memory_based", models.NearestNeighbours), ("competitive_learning", models.Competitive)):
        assert find("learning", name).teaches == (kind,)
