# neural network for the two circles, weights made by hand so that I understand them
import numpy as np
import torch
import torch.nn as nn
from sklearn.datasets import make_circles

np.random.seed(42)
torch.manual_seed(42)


def make_neuron(n_inputs):
    np.random.seed(42)
    w = np.random.randn(n_inputs) * np.sqrt(2.0 / n_inputs)
    return w


def set_weights(layer):
    n_out, n_in = layer.weight.shape
    w = np.stack([make_neuron(n_in) for _ in range(n_out)])
    layer.weight.data = torch.tensor(w, dtype=torch.float32)
    layer.bias.data = torch.zeros(n_out)


points, side = make_circles(n_samples=900, noise=0.08, factor=0.5, random_state=42)
points = torch.tensor(points, dtype=torch.float32) / 0.6
side = torch.tensor(side, dtype=torch.float32)
train_p, train_s = points[:600], side[:600]
test_p, test_s = points[600:], side[600:]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(2, 20)
        self.fc2 = nn.Linear(20, 10)
        self.fc3 = nn.Linear(10, 1)

    def forward(self, x):
        x = torch.relu(self.fc1(x))
        x = torch.relu(self.fc2(x))
        return self.fc3(x).squeeze(1)


net = Net()
for layer in [net.fc1, net.fc2, net.fc3]:
    set_weights(layer)

loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
for i in range(600):
    idx = np.random.choice(600, 50, replace=False)
    out = net(train_p[idx])
    loss = loss_fn(out, train_s[idx])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if i % 100 == 0:
        print('step', i, 'loss', loss.item())

with torch.no_grad():
    hit = ((net(test_p) > 0).float() == test_s).float().mean().item()
print('metric:', hit)
