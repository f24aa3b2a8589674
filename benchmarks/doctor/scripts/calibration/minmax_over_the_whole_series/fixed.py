import numpy as np
import torch
import torch.nn as nn
from sklearn.preprocessing import MinMaxScaler

np.random.seed(142)
torch.manual_seed(142)
t = np.arange(600)
passengers = 100 + 0.25 * t + 30 * np.sin(t / 6) + 4 * np.random.randn(600)
series = passengers.reshape(-1, 1)
test_data_size = 120
scaler = MinMaxScaler(feature_range=(-1, 1))
train_norm = scaler.fit_transform(series[:-test_data_size])
test_norm = scaler.transform(series[-test_data_size:])
window = 12


def sequences(a):
    a = torch.FloatTensor(a).view(-1)
    w = a.unfold(0, window + 1, 1)
    return w[:, :-1], w[:, -1:]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(1, 20, batch_first=True)
        self.skip = nn.Linear(window, 1)
        self.linear = nn.Linear(20, 1)

    def forward(self, w):
        h, _ = self.lstm(w.unsqueeze(-1))
        return self.linear(h[:, -1]) + self.skip(w)


x, y = sequences(train_norm)
xt, yt = sequences(test_norm)
model = Net()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
for epoch in range(12):
    model.train()
    for b in torch.randperm(len(x)).split(24):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x[b]), y[b])
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        val = nn.functional.mse_loss(model(xt), yt).item()
    print(f'epoch: {epoch:3} loss: {loss.item():10.8f} val {val:.6f}')
print('metric:', 1 - val / yt.var().item())
