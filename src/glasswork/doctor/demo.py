"""A training with two mistakes: ``glasswork doctor --demo`` shows what the doctor says about it."""

import torch
from torch import nn

torch.manual_seed(0)
X = torch.rand(512, 8) * torch.tensor([1.0, 900.0, 0.01, 30.0, 5.0, 1.0, 2500.0, 1.0])  # as measured, in all units
y = (X[:, 1] / 900 + X[:, 6] / 2500 > 1).long()

model = nn.Sequential(nn.Linear(8, 32), nn.Sigmoid(), nn.Linear(32, 2), nn.Softmax(dim=1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
loss_function = nn.CrossEntropyLoss()

for _epoch in range(20):
    for rows in torch.randperm(len(X)).split(32):
        loss = loss_function(model(X[rows]), y[rows])
        loss.backward()
        optimizer.step()
