"""Digits -> inverted, noisy digits. Rates fall by a factor of 3 per layer towards the input (ULMFiT style)."""
import copy
import torch
from torch import nn
from sklearn import datasets, model_selection

torch.manual_seed(14)
X, y = datasets.load_digits(return_X_y=True)
X = torch.tensor(X / 16.0, dtype=torch.float32) - 0.3
y = torch.tensor(y)
src, rest = model_selection.train_test_split(range(len(X)), train_size=900, random_state=14, stratify=y)
tune, test = model_selection.train_test_split(rest, test_size=450, random_state=14, stratify=y[rest])

layers = nn.ModuleDict({'low': nn.Linear(64, 96), 'mid': nn.Linear(96, 96), 'top': nn.Linear(96, 10)})


def forward(net, x):
    return net['top'](torch.relu(net['mid'](torch.relu(net['low'](x)))))


def fit(net, opt, x, y, epochs, bs, tag):
    for ep in range(epochs):
        tot = 0.0
        for i in torch.randperm(len(x)).split(bs):
            loss = nn.functional.cross_entropy(forward(net, x[i]), y[i])
            opt.zero_grad()
            loss.backward()
            opt.step()
            tot += loss.item() * len(i) / len(x)
        print(tag, ep, round(tot, 4))


fit(layers, torch.optim.Adam(layers.parameters(), lr=2e-3), X[src], y[src], 12, 50, 'source')

shifted = -X + 0.1 * torch.randn_like(X)
with torch.no_grad():
    print('before tuning', (forward(layers, shifted[test]).argmax(1) == y[test]).float().mean().item())
tuned = copy.deepcopy(layers)
groups = [{'params': tuned['low'].parameters(), 'lr': 1e-3}, {'params': tuned['mid'].parameters(), 'lr': 3e-3},
          {'params': tuned['top'].parameters(), 'lr': 9e-3}]
fit(tuned, torch.optim.Adam(groups), shifted[tune], y[tune], 15, 32, 'tune')
with torch.no_grad():
    print('metric:', (forward(tuned, shifted[test]).argmax(1) == y[test]).float().mean().item())
