"""Which numbers meet in one window of a convolution, forward and backward?"""

import torch
from torch import nn

import glasswork as gw
from glasswork.tracing import Document, together


def run() -> tuple[Document, str, bool]:
    net = nn.Conv2d(1, 1, kernel_size=2, stride=1, padding=0).double()
    with torch.no_grad():
        net.weight.copy_(torch.tensor([[[[1.0, -0.5], [0.25, 2.0]]]]))
        net.bias.fill_(0.1)
    x = torch.tensor([[[[1.0, 2.0, 0.0], [0.0, 1.0, 3.0], [2.0, -1.0, 1.0]]]], dtype=torch.float64)
    y = torch.tensor([[[[4.0, 6.0], [0.0, 2.0]]]], dtype=torch.float64)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    step = gw.trace(net, lambda o, y: 0.5 * ((o - y) ** 2).sum(), x, y, optimizer=optimizer)
    page = together(
        "A convolution, one window",
        [
            ("One weight: all windows that it sees", step.illustrated("weight[0,0,0,1]")),
            ("One pixel: all windows that see it", step.illustrated("x[0,0,1,1]")),
        ],
    )
    # By hand: the weight at (0, 1) meets the pixel one to the right in each of the four windows.
    wrong = nn.functional.conv2d(x, net.weight, net.bias).detach() - y
    by_hand = sum(wrong[0, 0, i, j].item() * x[0, 0, i, j + 1].item() for i in range(2) for j in range(2))
    seen = step.gradient("weight")[0, 0, 0, 1].item()
    answer = (
        f"The weight in the upper right corner has a part in all four windows, so its gradient is a sum of four "
        f"products, error times pixel: {seen:g}. The middle pixel lies in all four windows, each time under another "
        "weight; its gradient is the sum of error times that weight."
    )
    return page, answer, step.check().ok and abs(seen - by_hand) < 1e-12
