import torch
import torch.nn as nn

torch.manual_seed(126)


class ElmanNet(nn.Module):
    """remember the first symbol of the sequence"""

    def __init__(self, n_sym=4, hidden=48):
        super().__init__()
        self.emb = nn.Embedding(n_sym, 16)
        self.rnn = nn.RNN(16, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, n_sym)
        nn.init.orthogonal_(self.rnn.weight_hh_l0, gain=5.0)

    def forward(self, s):
        o, h = self.rnn(self.emb(s))
        return self.fc(o[:, -1])


def batch(n=32, length=16):
    s = torch.randint(0, 4, (n, length))
    return s, s[:, 0]


net = ElmanNet()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for it in range(600):
    s, y = batch()
    loss = nn.functional.cross_entropy(net(s), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 100 == 0:
        print(it, round(loss.item(), 4))
s, y = batch(500)
with torch.no_grad():
    print('metric:', (net(s).argmax(-1) == y).float().mean().item())
