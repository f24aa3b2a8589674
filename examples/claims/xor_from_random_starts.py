"""Does a 2-2-1 network learn XOR from any start, and does a perceptron ever?

Course: NL-07, MLP-01.
"""

import torch

from glasswork.activations import Sigmoid
from glasswork.course import Verdict, judged
from glasswork.learning import GradientDescent, PerceptronTrick
from glasswork.losses import binary_cross_entropy
from glasswork.models import MLP, Perceptron
from glasswork.optimizers import SGD
from glasswork.records import Batch

SEEDS = 10
X = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = torch.tensor([0, 1, 1, 0])


def run(seed: int) -> dict[str, float]:
    torch.manual_seed(seed)
    network = MLP(inputs=2, hidden=[2], outputs=1, activation=Sigmoid, dropout=0.0)
    learner = GradientDescent(network, binary_cross_entropy, SGD(network.parameters(), lr=5.0), watch_every=0)
    everything = Batch({"x": X}, Y[:, None].float())
    for _ in range(1200):
        learner.step(everything)
    line = Perceptron(inputs=2)
    trick, best = PerceptronTrick(line), 0
    for _ in range(500):
        trick.step(Batch({"x": X}, Y))
        best = max(best, int((line.fires(X) == Y).sum()))
    return {"network": float(((network(X)[:, 0] > 0) == Y).sum()), "perceptron at best": float(best)}


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    solved = sum(r["network"] == 4 for r in runs)
    best = max(r["perceptron at best"] for r in runs)
    seen = (
        f"gradient descent brought a 2-2-1 sigmoid network to 4 of 4 rows from {solved} of {len(runs)} random starts; "
        f"a perceptron never had more than {best:.0f} in 500 draws"
    )
    verdict = judged(best < 4 and solved == len(runs), best < 4 and solved > 0)
    return {"NL-07": Verdict(verdict, seen), "MLP-01": Verdict(verdict, seen)}
