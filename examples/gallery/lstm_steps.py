"""How does one weight of an LSTM, used at three time steps, get its gradient?"""

import torch
from torch import nn

import glasswork as gw
from glasswork.tracing import Document, Notation
from glasswork.tracing.document import Letters


class Cell(nn.Module):
    """An LSTM with one unit: gates i, f, g, o, memory c, output h; zero before the first step."""

    def __init__(self) -> None:
        super().__init__()
        self.i, self.f, self.g, self.o = (nn.Linear(2, 1) for _ in range(4))

    def forward(self, x):
        h = c = torch.zeros(1, 1, dtype=x.dtype)
        for x_t in x.split(1, dim=1):
            both = torch.cat([x_t, h], dim=1)
            i, f, o = (torch.sigmoid(gate(both)) for gate in (self.i, self.f, self.o))
            c = f * c + i * torch.tanh(self.g(both))
            h = o * torch.tanh(c)
        return h


def letters(tape):
    """The names of the book: in each step i, f, o, what is kept, g, what is new, c, its tanh, h."""
    steps = [r for r in tape.records if r.name in ("sigmoid", "tanh", "mul", "add") and r.visit == 0]
    names = ["i", "f", "o", "kept", "g", "new", "c", "tanh c", "h"]
    return {r.outputs[0]: Letters(names[n % 9], lower=str(n // 9 + 1)) for n, r in enumerate(steps) if n < 27}


def run() -> tuple[Document, str, bool]:
    torch.manual_seed(2)
    net = Cell().double()
    x, y = torch.tensor([[0.5, -1.0, 0.8]], dtype=torch.float64), torch.tensor([[0.5]], dtype=torch.float64)
    step = gw.trace(
        net, lambda o, y: 0.5 * ((o - y) ** 2).sum(), x, y, optimizer=torch.optim.Adam(net.parameters(), lr=0.1)
    )
    page = step.illustrated("f.weight[0,1]", max_lines=120, notation=Notation("names", given=letters(step.tape)))
    page.title = "Three steps of an LSTM"
    # Each use of the forget gate's layer: what came back to it, times the h that went in.
    visits = [visit for visit in step.tape.visits if visit.path == "f"]
    uses = []
    for visit in visits:
        record = next(r for r in step.tape.records[visit.first : visit.last] if r.name == "addmm")
        given = step.tape.value(record.inputs[1])
        uses.append(0.0 + step.sweep.cotangents[record.outputs[0]][0, 0].item() * given[0, 1].item())
    seen = step.gradient("f.weight")[0, 1].item()
    answer = (
        f"The weight from h to the forget gate is used {len(uses)} times, and its gradient is the sum over the steps: "
        f"{' + '.join(f'({use:.3g})' for use in uses)} = {seen:.4g}. Step 1 adds nothing, as h before it is 0."
    )
    return page, answer, step.check().ok and abs(sum(uses) - seen) < 1e-12
