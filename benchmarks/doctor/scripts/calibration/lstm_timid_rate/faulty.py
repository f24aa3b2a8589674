import math
import torch
import torch.nn as nn

torch.manual_seed(0)


class LSTMPredictor(nn.Module):
    def __init__(self, n_hidden=24):
        super().__init__()
        self.lstm = nn.LSTM(1, n_hidden, batch_first=True)
        self.linear = nn.Linear(n_hidden, 1)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.linear(out[:, -1])


# sine waves of different phases, predict next sample
N, L = 300, 20
phase = torch.rand(N, 1) * 2 * math.pi
freq = 0.2 + 0.3 * torch.rand(N, 1)
t = torch.arange(L + 1).float()
waves = torch.sin(phase + freq * t)
x, y = waves[:, :L, None], waves[:, L:]
train_x, train_y, test_x, test_y = x[:240], y[:240], x[240:], y[240:]

model = LSTMPredictor()
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-6)

for i in range(150):
    optimizer.zero_grad()
    out = model(train_x)
    loss = criterion(out, train_y)
    loss.backward()
    optimizer.step()
    if i % 25 == 0:
        print('STEP: ', i, 'loss:', loss.item())

with torch.no_grad():
    pred = model(test_x)
    r2 = 1 - (pred - test_y).pow(2).sum() / (test_y - test_y.mean()).pow(2).sum()
print('metric: %.4f' % r2.item())
