import torch

# fit a polynomial with SGD + momentum, following the "learning pytorch with examples" page
torch.manual_seed(127)
x = torch.linspace(-1, 1, 400)
y = torch.sin(3 * x) + 0.05 * torch.randn(400)
p = torch.arange(1, 6)
xx = x.unsqueeze(-1).pow(p)
test = torch.arange(400) % 5 == 0

model = torch.nn.Sequential(torch.nn.Linear(5, 1), torch.nn.Flatten(0, 1))
loss_fn = torch.nn.MSELoss(reduction='mean')
learning_rate = 0.2
optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
for t in range(250):
    y_pred = model(xx[~test])
    loss = loss_fn(y_pred, y[~test])
    if t % 50 == 49:
        print(t, loss.item())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
with torch.no_grad():
    e = ((model(xx[test]) - y[test]) ** 2).mean() / y[test].var()
print('metric:', max(1 - e.item(), -9.0) if torch.isfinite(e) else -9.0)
