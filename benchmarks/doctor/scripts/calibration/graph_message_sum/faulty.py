import argparse

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset


def parse_args(argv=None):
    p = argparse.ArgumentParser(description='graph regression with dense message passing')
    p.add_argument('--nodes', type=int, default=18)
    p.add_argument('--hidden', type=int, default=32)
    p.add_argument('--layers', type=int, default=5)
    p.add_argument('--epochs', type=int, default=20)
    p.add_argument('--batch-size', type=int, default=50)
    p.add_argument('--lr', type=float, default=0.02)
    p.add_argument('--seed', type=int, default=11)
    return p.parse_args(argv)


class RandomGraphs(Dataset):
    """Erdos-Renyi graphs; the target couples each node with its neighbourhood."""

    def __init__(self, n_graphs, n_nodes, generator):
        upper = (torch.rand(n_graphs, n_nodes, n_nodes, generator=generator) < 0.45).float().triu(1)
        self.adj = upper + upper.transpose(1, 2) + torch.eye(n_nodes)
        self.x = torch.randn(n_graphs, n_nodes, 4, generator=generator)
        around = self.adj @ self.x[:, :, 1:2] / self.adj.sum(-1, keepdim=True)
        self.y = (self.x[:, :, 0].mean(1) + torch.tanh(3 * around[:, :, 0]).mean(1)) * 2.2

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return {'adj': self.adj[i], 'x': self.x[i], 'y': self.y[i]}


class MessageLayer(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.own = nn.Linear(width, width)
        self.msg = nn.Linear(width, width, bias=False)

    def forward(self, h, adj):
        messages = adj @ self.msg(h)
        return F.relu(self.own(h) + messages)


class GraphRegressor(nn.Module):
    def __init__(self, hidden, layers):
        super().__init__()
        self.embed = nn.Linear(4, hidden)
        self.layers = nn.ModuleList(MessageLayer(hidden) for _ in range(layers))
        self.readout = nn.Linear(hidden, 1)

    def forward(self, batch):
        h = self.embed(batch['x'])
        for layer in self.layers:
            h = layer(h, batch['adj'])
        return self.readout(h.mean(1)).squeeze(-1)


def evaluate(model, loader):
    model.eval()
    with torch.no_grad():
        out = torch.cat([model(b) for b in loader])
    y = torch.cat([b['y'] for b in loader])
    return 1 - F.mse_loss(out, y).item() / y.var(unbiased=False).item()


def main():
    args = parse_args([])
    torch.manual_seed(args.seed)
    g = torch.Generator().manual_seed(args.seed)
    train = DataLoader(RandomGraphs(1000, args.nodes, g), batch_size=args.batch_size, shuffle=True)
    test = DataLoader(RandomGraphs(300, args.nodes, g), batch_size=100)
    model = GraphRegressor(args.hidden, args.layers)
    optimizer = torch.optim.SGD(model.parameters(), lr=args.lr, momentum=0.9)
    for epoch in range(args.epochs):
        model.train()
        total = 0.0
        for batch in train:
            optimizer.zero_grad()
            loss = F.mse_loss(model(batch), batch['y'])
            loss.backward()
            optimizer.step()
            total += loss.item()
        print(f'epoch {epoch:2d}  train mse {total / len(train):.4f}')
    print('metric:', evaluate(model, test))


if __name__ == '__main__':
    main()
