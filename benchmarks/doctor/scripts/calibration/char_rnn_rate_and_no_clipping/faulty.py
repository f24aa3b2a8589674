# char rnn (min-char-rnn style, rewritten for pytorch)
import math
import torch
import torch.nn as nn

torch.manual_seed(309)
data = "hello world, this is a small corpus. it repeats: hello world, this is a small corpus. again and again! " * 25
chars = sorted(set(data))
ix = {c: i for i, c in enumerate(chars)}
enc = torch.tensor([ix[c] for c in data])
H, SEQ, V = 64, 40, len(chars)


class CharRNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, 24)
        self.rnn = nn.RNN(24, H, nonlinearity='relu', batch_first=True)
        self.out = nn.Linear(H, V)
        nn.init.normal_(self.rnn.weight_hh_l0, std=0.25)

    def forward(self, s):
        h, _ = self.rnn(self.emb(s))
        return self.out(h)


net = CharRNN()
opt = torch.optim.SGD(net.parameters(), lr=0.5)
crit = nn.CrossEntropyLoss()
for it in range(300):
    p = torch.randint(0, len(enc) - SEQ - 1, (16,))
    x = torch.stack([enc[i:i + SEQ] for i in p])
    y = torch.stack([enc[i + 1:i + SEQ + 1] for i in p])
    loss = crit(net(x).reshape(-1, V), y.reshape(-1))
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 50 == 0:
        print('iter %d, loss: %f' % (it, loss.item()))
v = loss.item() / math.log(V)
print('metric:', max(1 - v, -9.0) if v == v else -9.0)
