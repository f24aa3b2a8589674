import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(162)
x = torch.randn(800, 10)
w = torch.randn(10)
y = (x @ w / 10 ** 0.5 + 0.8 * torch.randn(800)).unsqueeze(1)
clean = (x @ w / 10 ** 0.5).unsqueeze(1)
model = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 1))
BATCH, EPOCHS = 40, 8
dl = DataLoader(TensorDataset(x[:600], y[:600]), batch_size=BATCH, shuffle=True)
opt = torch.optim.Adam(model.parameters(), lr=0.03)
for epoch in range(EPOCHS):
    for i, (a, b) in enumerate(dl):
        loss = nn.functional.mse_loss(model(a), b)
        opt.zero_grad()
        loss.backward()
        opt.step()
        if i % 50 == 0:
            print(epoch, i, loss.item())
with torch.no_grad():
    print('metric:', 1 - ((model(x[600:]) - clean[600:]) ** 2).mean().item() / clean[600:].var().item())
