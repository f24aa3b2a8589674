import argparse

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--hidden", type=int, default=96)
parser.add_argument(
    "--active", type=float, default=0.4, help="share of the pictures that a unit answers to at the start"
)
parser.add_argument("--epochs", type=int, default=25)
parser.add_argument("--lr", type=float, default=0.05)
parser.add_argument("--seed", type=int, default=31)


class Reader(nn.Module):
    def __init__(self, inputs, hidden):
        super().__init__()
        self.first = nn.Linear(inputs, hidden)
        self.second = nn.Linear(hidden, hidden)
        self.readout = nn.Linear(hidden, 10)
        for layer in (self.first, self.second):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)

    def forward(self, x):
        x = F.relu(self.first(x))
        x = F.relu(self.second(x))
        return self.readout(x)

    @torch.no_grad()
    def set_thresholds(self, x, active):
        """Choose every bias so that the unit is on for the wanted share of the rows of x."""
        keep = int(active * len(x))
        for layer in (self.first, self.second):
            drive = layer(x)
            layer.bias.sub_(drive.topk(keep, dim=0).values[-1])
            x = F.relu(layer(x))


def accuracy(net, x, y):
    net.eval()
    with torch.no_grad():
        return (net(x).argmax(1) == y).float().mean().item()


def main():
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    pictures, digits = load_digits(return_X_y=True)
    parts = train_test_split(pictures / 16, digits, test_size=0.25, stratify=digits, random_state=args.seed)
    xtr, xte = (torch.tensor(p, dtype=torch.float32) for p in parts[:2])
    ytr, yte = (torch.tensor(p) for p in parts[2:])
    lit = xtr.std(0) > 0.05  # the frame of the picture is empty
    xtr, xte = xtr[:, lit], xte[:, lit]
    centre = xtr.mean(0)
    xtr, xte = (xtr - centre) / 0.3, (xte - centre) / 0.3

    net = Reader(xtr.shape[1], args.hidden)
    net.set_thresholds(xtr, args.active)
    opt = torch.optim.SGD(net.parameters(), lr=args.lr)
    for epoch in range(args.epochs):
        net.train()
        for rows in torch.randperm(len(xtr)).split(64):
            loss = F.cross_entropy(net(xtr[rows]), ytr[rows])
            opt.zero_grad()
            loss.backward()
            opt.step()
        if epoch % 5 == 4:
            print(f"epoch {epoch + 1}: last loss {loss.item():.3f}, train accuracy {accuracy(net, xtr, ytr):.3f}")
    print(f"metric: {accuracy(net, xte, yte)}")


if __name__ == "__main__":
    main()
