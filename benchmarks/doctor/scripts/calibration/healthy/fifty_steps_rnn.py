import torch
import torch.nn as nn
torch.manual_seed(213)
t = torch.linspace(0, 30, 600)
s = torch.sin(t) * torch.cos(0.3 * t)
w = s.unfold(0, 16, 1)
x, y = w[:, :-1, None], w[:, -1:]
rnn = nn.GRU(1, 16, batch_first=True)
fc = nn.Linear(16, 1)
opt = torch.optim.Adam([*rnn.parameters(), *fc.parameters()], lr=0.03)
for i in range(50):
    out, _ = rnn(x[:450])
    loss = nn.functional.mse_loss(fc(out[:, -1]), y[:450])
    opt.zero_grad()
    loss.backward()
    opt.step()
with torch.no_grad():
    out, _ = rnn(x[450:])
    print('metric:', 1 - nn.functional.mse_loss(fc(out[:, -1]), y[450:]).item() / y[450:].var().item())
