import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import Dataset, DataLoader

np.random.seed(107)
torch.manual_seed(107)
# toy "market": tomorrow's return depends on today's return and on whether volume was above normal
days = 900
volume = np.random.lognormal(13, 0.5, days)
ret = np.zeros(days)
for d in range(1, days):
    ret[d] = 0.6 * ret[d - 1] + 0.5 * (volume[d - 1] > np.exp(13)) - 0.25 + 0.1 * np.random.randn()
close = 200 + np.cumsum(ret)
frame = np.stack([close, volume, ret], axis=1)
n_train = 700
y_all = (ret - ret[:n_train].mean()) / ret[:n_train].std()


class Windows(Dataset):
    def __init__(self, lo, hi, seq=6):
        self.lo, self.hi, self.seq = lo, hi, seq

    def __len__(self):
        return self.hi - self.lo - self.seq

    def __getitem__(self, i):
        a = self.lo + i
        return frame[a:a + self.seq].astype(np.float32), np.float32(y_all[a + self.seq])


class StockLSTM(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(input_size=3, hidden_size=24, num_layers=1, batch_first=True)
        self.fc = nn.Linear(24, 1)

    def forward(self, x):
        h, _ = self.lstm(x)
        return self.fc(h[:, -1]).squeeze(-1)


model = StockLSTM()
opt = torch.optim.Adam(model.parameters(), lr=5e-3)
for epoch in range(10):
    model.train()
    for xb, yb in DataLoader(Windows(0, n_train), batch_size=32, shuffle=True):
        loss = nn.functional.mse_loss(model(xb), yb)
        opt.zero_grad(); loss.backward(); opt.step()
    print(f'Epoch {epoch} train loss {loss.item():.4f}')
model.eval()
with torch.no_grad():
    xt, yt = next(iter(DataLoader(Windows(n_train, days), batch_size=500)))
    print('metric:', (1 - ((model(xt) - yt) ** 2).mean() / yt.var()).item())
