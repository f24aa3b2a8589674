import torch
from torch import nn
from sklearn.datasets import load_digits

torch.manual_seed(208)
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X, dtype=torch.float32).div(16), torch.tensor(y)
model = nn.Sequential(nn.Linear(64, 400), nn.ReLU(), nn.Dropout(0.6), nn.Linear(400, 10))
opt = torch.optim.Adam(model.parameters())
for epoch in range(10):
    model.train()
    for idx in torch.randperm(1400).split(32):
        loss = nn.functional.cross_entropy(model(X[idx]), y[idx])
        opt.zero_grad(); loss.backward(); opt.step()
    model.eval()
    with torch.no_grad():
        print(epoch, loss.item(), nn.functional.cross_entropy(model(X[1400:]), y[1400:]).item())
print('metric:', (model(X[1400:]).argmax(1) == y[1400:]).float().mean().item())
