"""A document made by hand that has one of everything; the writers are tested on it."""

import math

from glasswork.tracing.algebra import Apply, Frac, Num, Prod, Rest, Sum
from glasswork.tracing.document import (
    Chart,
    Document,
    Edge,
    Graph,
    Heat,
    Letters,
    Line,
    Node,
    Plane,
    Printed,
    Section,
    Series,
    Table,
    Text,
    named,
)

P = Printed.of


def L(*letters, **more):
    return named(Letters(*letters, **more))


W11, W21, X1, X2, B = L("w", "1", "11"), L("w", "1", "21"), L("x", "", "1"), L("x", "", "2"), L("b", "1", "1")
Z = L("z", "1", "1")
DELTA = L("δ", "2", "1")

FORWARD = Line(
    Z,
    Sum((Prod((W11, X1)), Prod((W21, X2)), B)),
    Sum((Prod((P("0.15"), P("0.05"))), Prod((P("-0.20"), P("0.10"))), P("0.35"))),
    P("0.3375"),
    where="hidden, line 12",
)
SIGMOID = Line(
    L("O", "1", "1"),
    Apply("sigmoid", (Z,)),
    Frac(Num(1), Sum((Num(1), Apply("exp", (P("-0.3375"),))))),
    P("0.5936"),
    exact=False,
)
BACKWARD = Line(
    L("w", "2", "11", of_loss=True),
    Prod((DELTA, L("O", "1", "1"))),
    Prod((P("0.1385"), P("0.5936"))),
    P("0.08221"),
    kind="backward",
)
LONG = Line(
    L("δ", "1", "1"),
    Sum(tuple(Prod((L("δ", "2", str(n)), L("w", "2", f"1{n}"))) for n in range(1, 10))),
    Sum((*(Prod((P(f"0.1{n}11"), P(f"-0.2{n}22"))) for n in range(1, 9)), Rest(506, -0.0132))),
    P("1.25", -3),
    note="the 8 strongest of 514 terms cover 83 % of the absolute sum",
    kind="backward",
)
ADAM = Line(
    L("w", accent="new"),
    L("w") - Frac(Prod((L("η"), L("m", accent="hat"))), Sum((Apply("sqrt", (L("v", accent="hat"),)), L("ε")))),
    P("0.40") - Frac(Prod((P("0.001"), P("0.0822"))), Sum((Apply("sqrt", (P("6.753", -3),)), P("1", -8)))),
    P("0.3990"),
    kind="update",
)
NAMED = Line(L("encoder.layers.0.weight", "", "12,7", of_loss=True), None, None, P("-1.5", -7), kind="backward")
POWER = Line(L("v"), Apply("power", (L("g"), Num(2))), Apply("power", (P("-0.5"), Num(2))), P("0.25"))
DRAWN = Graph(
    [
        Node("a", "x_1", "0.05", "input", 0),
        Node("w", "w^1_11", "0.15", "parameter", 0),
        Node("z", "z^1_1", "0.3375", "value", 1),
        Node("l", "L", "0.2748", "loss", 2),
    ],
    [
        Edge("a", "z", "× 0.15", "0.05", "0.0002"),
        Edge("w", "z", "", "0.15", "0.0007"),
        Edge("z", "l", "", "0.3375", "1"),
        Edge("a", "l", "", "0.05", "0.5"),
    ],
    "A small net.",
)  # fmt: skip
PICTURES = [
    Heat("weight & value", [[math.sin(i * j / 9) for j in range(40)] for i in range(24)], (3, -1), "row 3 is outlined"),
    Heat("a strip", [[math.cos(j) for j in range(64)]], (0, 5)),
    Chart(
        "All layers",
        [f"block {n}" for n in range(12)],
        [Series("gradient norm", [10.0 ** -(n / 3) for n in range(12)], log=True), Series("dead", [None, *[0.1] * 11])],
    ),
    Plane("Where the net says 1", (0.0, 1.0), (0.0, 1.0), [[x * y / 100 for x in range(11)] for y in range(11)], 0.3,
          [(0.0, 0.0, "0"), (1.0, 1.0, "1")], [("way", [(0.1, 0.1), (0.5, 0.4)])]),
]  # fmt: skip

PAGE = Document(
    "One step of <an MLP>",
    ["The loss falls from 0.2984 to 0.2910; `hidden` moves most."],
    [
        Section(
            "Forward",
            1,
            [
                Text("The weights."), FORWARD, SIGMOID, POWER,
                Table("W", ["1", "2"], ["a", "b"], [[P("1"), "ReLU"], [P("-3", -5), "–"]]),
            ],
            [Section("Pictures", 2, PICTURES)],
        ),
        Section("Backward", 1, [BACKWARD, LONG, NAMED, DRAWN]),
        Section("Update", 1, [ADAM]),
        Section("Blocks 2 to 12", 1, [Text("Alike.")], folded="the same, 11 times"),
    ],
    ["All 9 parameters are shown."],
    ["9 gradients against autograd: identical to the last bit."],
)  # fmt: skip
