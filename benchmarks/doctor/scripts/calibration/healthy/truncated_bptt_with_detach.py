import torch
import torch.nn as nn

torch.manual_seed(226)
# stateful LSTM over one long series, hidden state detached between chunks
t = torch.arange(3000.)
series = torch.sin(0.2 * t) + 0.5 * torch.sin(0.057 * t) + 0.05 * torch.randn(3000)
lanes = series[:2400].view(8, 300)          # 8 parallel lanes
test = series[2400:]


class StatefulLSTM(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(1, 24, batch_first=True)
        self.out = nn.Linear(24, 1)

    def forward(self, x, state=None):
        h, state = self.lstm(x, state)
        return self.out(h), state


net = StatefulLSTM()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for epoch in range(15):
    state = None
    for c in range(0, 280, 20):
        x, y = lanes[:, c:c + 20, None], lanes[:, c + 1:c + 21, None]
        out, state = net(x, state)
        state = tuple(s.detach() for s in state)
        loss = nn.functional.mse_loss(out, y)
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        opt.step()
    print(epoch, loss.item())
with torch.no_grad():
    out, _ = net(test[None, :-1, None])
    e = (out[0, 50:, 0] - test[51:])
    print('metric:', 1 - (e.var() / test.var()).item())
