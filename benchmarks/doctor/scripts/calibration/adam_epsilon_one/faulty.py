import argparse
import torch
from torch import nn

parser = argparse.ArgumentParser(description='Char-level language identification')
parser.add_argument('--lr', default=0.001, type=float)
parser.add_argument('--eps', default=1.0, type=float)
parser.add_argument('--iters', default=500, type=int)
parser.add_argument('--batch', default=32, type=int)
args = parser.parse_args()
torch.manual_seed(8)

# three made-up languages = three markov chains over 12 letters
V, L = 12, 24
chains = torch.softmax(2.0 * torch.randn(3, V, V), -1)


def words(n):
    y = torch.randint(0, 3, (n,))
    s = torch.zeros(n, L, dtype=torch.long)
    s[:, 0] = torch.randint(0, V, (n,))
    for i in range(1, L):
        s[:, i] = torch.multinomial(chains[y, s[:, i - 1]], 1)[:, 0]
    return s, y


class BigramNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, 16)
        self.conv = nn.Conv1d(16, 32, 2)
        self.fc = nn.Linear(32, 3)

    def forward(self, s):
        h = torch.relu(self.conv(self.emb(s).transpose(1, 2)))
        return self.fc(h.mean(-1))


s, y = words(1000)
st, yt = words(400)
net = BigramNet()
optimizer = torch.optim.Adam(net.parameters(), lr=args.lr, eps=args.eps)
for i in range(args.iters):
    k = torch.randint(0, 1000, (args.batch,))
    loss = nn.functional.cross_entropy(net(s[k]), y[k])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if i % 100 == 0:
        print(i, loss.item())
print('metric:', (net(st).argmax(1) == yt).float().mean().item())
