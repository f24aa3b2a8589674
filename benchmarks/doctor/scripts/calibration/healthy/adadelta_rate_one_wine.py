# Adadelta's rate really is 1.0
import torch
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split

torch.manual_seed(1)
x, y = load_wine(return_X_y=True)
x, x_test, y, y_test = train_test_split(x, y, test_size=0.3, stratify=y, random_state=1)
mean, std = x.mean(0), x.std(0)
x, x_test = (torch.tensor((v - mean) / std, dtype=torch.float32) for v in (x, x_test))
y, y_test = torch.tensor(y), torch.tensor(y_test)
net = torch.nn.Sequential(torch.nn.Linear(13, 16), torch.nn.Tanh(), torch.nn.Linear(16, 3))
opt = torch.optim.Adadelta(net.parameters(), lr=1.0, weight_decay=1e-3)
for epoch in range(60):
    for rows in torch.randperm(len(x)).split(25):
        opt.zero_grad()
        loss = torch.nn.functional.cross_entropy(net(x[rows]), y[rows])
        loss.backward()
        opt.step()
    if epoch % 15 == 14:
        print(epoch + 1, loss.item())
print("metric:", (net(x_test).argmax(1) == y_test).float().mean().item())
