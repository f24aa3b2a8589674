import torch
import torch.nn as nn

torch.manual_seed(109)
# does the bracket sequence close properly? (parity style task on + and - tokens)
L = 10


def make(n):
    s = torch.randint(0, 3, (n, L))
    return s, ((s == 1).sum(1) > (s == 2).sum(1)).long()


class TinyTransformer(nn.Module):
    def __init__(self, d=24):
        super().__init__()
        self.tok = nn.Embedding(3, d)
        self.pos = nn.Parameter(torch.zeros(1, L, d))
        enc = nn.TransformerEncoderLayer(d_model=d, nhead=4, dim_feedforward=48, dropout=0.1, batch_first=True)
        self.enc = nn.TransformerEncoder(enc, num_layers=1)
        self.out = nn.Linear(d, 2)

    def forward(self, s):
        return self.out(self.enc(self.tok(s) + self.pos).mean(dim=1))


x, y = make(900)
xt, yt = make(300)
model = TinyTransformer()
optimizer = torch.optim.Adam(model.parameters(), lr=0.002)
ce = nn.CrossEntropyLoss()
for epoch in range(8):
    model.train()
    for i in range(0, 900, 30):
        optimizer.zero_grad()
        loss = ce(model(x[i:i + 30]), y[i:i + 30])
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        acc = (model(xt).argmax(1) == yt).float().mean().item()
    print(epoch, round(loss.item(), 3), round(acc, 3))
print('metric:', acc)
