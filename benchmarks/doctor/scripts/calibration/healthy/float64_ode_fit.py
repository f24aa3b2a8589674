import torch

torch.manual_seed(211)
# physics-informed net: u' = -u, u(0) = 1
u = torch.nn.Sequential(torch.nn.Linear(1, 20), torch.nn.Tanh(), torch.nn.Linear(20, 1)).double()
opt = torch.optim.Adam(u.parameters(), lr=1e-2)
for i in range(400):
    t = torch.rand(40, 1, dtype=torch.float64, requires_grad=True) * 2
    ut = u(t)
    du, = torch.autograd.grad(ut.sum(), t, create_graph=True)
    loss = (du + ut).pow(2).mean() + (u(torch.zeros(1, 1).double()) - 1).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if i % 100 == 0:
        print(i, loss.item())
t = torch.linspace(0, 2, 50).double()[:, None]
with torch.no_grad():
    print('metric:', 1 - ((u(t) - torch.exp(-t)) ** 2).mean().item() / torch.exp(-t).var().item())
