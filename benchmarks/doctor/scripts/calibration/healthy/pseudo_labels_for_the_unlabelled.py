"""Self-training: 350 labelled digits, 950 without labels that the network labels itself once it is sure of them."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits


def batches(index, size):
    return index[torch.randperm(len(index))].split(size)


def make_net():
    return nn.Sequential(nn.Linear(64, 100), nn.ReLU(), nn.Dropout(0.2), nn.Linear(100, 10))


def train(net, x, y, index, epochs, lr=2e-3):
    opt = torch.optim.AdamW(net.parameters(), lr=lr, weight_decay=0.01)
    net.train()
    for _ in range(epochs):
        total = 0.0
        for i in batches(index, 32):
            loss = F.cross_entropy(net(x[i] + 0.1 * torch.randn(len(i), 64)), y[i])
            opt.zero_grad()
            loss.backward()
            opt.step()
            total += loss.item() * len(i) / len(index)
    print(f"  {len(index)} pictures, {epochs} epochs, loss {total:.4f}")


@torch.no_grad()
def predict(net, x):
    net.eval()
    return net(x).softmax(1)


torch.manual_seed(19)
x, truth = load_digits(return_X_y=True)
x, truth = torch.tensor(x, dtype=torch.float32), torch.tensor(truth)
perm = torch.randperm(len(x))
labelled, unlabelled, test = perm[:350], perm[350:1300], perm[1300:]
x = (x - x[perm[:1300]].mean()) / x[perm[:1300]].std()

net = make_net()
train(net, x, truth, labelled, 15)
print("350 labels:", (predict(net, x[test]).argmax(1) == truth[test]).float().mean().item())
for rnd, threshold in enumerate((0.98, 0.97)):
    prob, guess = predict(net, x).max(1)
    sure = unlabelled[prob[unlabelled] > threshold]
    y = torch.where(torch.isin(torch.arange(len(x)), labelled), truth, guess)
    net = make_net()  # from scratch in every round
    train(net, x, y, torch.cat([labelled, sure]), 13)
    print(f"round {rnd}: {len(sure)} sure ones")
print("metric:", (predict(net, x[test]).argmax(1) == truth[test]).float().mean().item())
