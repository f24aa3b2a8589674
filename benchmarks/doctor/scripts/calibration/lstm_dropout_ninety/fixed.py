import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(150)
# intents from token ids: each intent has 3 key words among 30
V, T = 30, 9


def utterances(n):
    y = torch.randint(0, 6, (n,))
    s = torch.randint(18, V, (n, T))
    for j in range(2):
        pos = torch.randint(0, T, (n,))
        s[torch.arange(n), pos] = y * 3 + torch.randint(0, 3, (n,))
    return s, y


class IntentLSTM(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(V, 16)
        self.lstm = nn.LSTM(16, 32, batch_first=True, bidirectional=True)
        self.dropout = nn.Dropout(p=0.2)
        self.fc = nn.Linear(64, 6)

    def forward(self, s):
        h, _ = self.lstm(self.dropout(self.embed(s)))
        return self.fc(self.dropout(h.amax(1)))


tr, te = utterances(900), utterances(300)
loader = DataLoader(TensorDataset(*tr), batch_size=45, shuffle=True)
net = IntentLSTM()
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
for epoch in range(10):
    net.train()
    for s, y in loader:
        opt.zero_grad()
        loss = nn.functional.cross_entropy(net(s), y)
        loss.backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        acc = (net(te[0]).argmax(1) == te[1]).float().mean().item()
    print(epoch, round(loss.item(), 3), acc)
print('metric:', acc)
