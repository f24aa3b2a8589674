import torch
from sklearn.datasets import load_iris

torch.manual_seed(119)
iris = load_iris()
x = torch.tensor(iris.data, dtype=torch.float64)
t = torch.tensor(iris.target)
shuffle = torch.randperm(150)
x, t = x[shuffle], t[shuffle]
x = (x - x[:100].mean(0)) / x[:100].std(0)

model = torch.nn.Sequential(
    torch.nn.Linear(4, 10), torch.nn.Tanh(), torch.nn.Linear(10, 3), torch.nn.LogSoftmax(dim=1)
).double()
opt = torch.optim.SGD(model.parameters(), lr=0.2)
for step in range(200):
    logp = model(x[:100])
    loss = -logp[torch.arange(100), t[:100]].mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 50 == 0:
        print(step, float(loss.detach()))
acc = (model(x[100:]).argmax(1) == t[100:]).double().mean()
print('metric:', acc.item())
