import numpy as np
import torch

np.random.seed(132)
torch.manual_seed(132)
X = np.random.uniform(-1, 1, (1200, 2)).astype(np.float32)
y = ((X[:, 0] > 0) ^ (X[:, 1] > 0)).astype(np.float32)
Xtr, ytr = torch.from_numpy(X[:900]), torch.from_numpy(y[:900])
Xte, yte = torch.from_numpy(X[900:]), torch.from_numpy(y[900:])


class XorNet(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(2, 1)

    def forward(self, x):
        return torch.sigmoid(self.linear(x))[:, 0]


model = XorNet()
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
bce = torch.nn.BCELoss()
for epoch in range(15):
    for i in range(0, 900, 45):
        optimizer.zero_grad()
        loss = bce(model(Xtr[i:i + 45]), ytr[i:i + 45])
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        val = bce(model(Xte), yte)
    model.train()
    print(epoch, loss.item(), val.item())
print('metric:', ((model(Xte) > 0.5).float() == yte).float().mean().item())
