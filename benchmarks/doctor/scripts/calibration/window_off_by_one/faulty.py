# time series forecasting with sliding windows
import numpy as np
import torch
import torch.nn as nn

np.random.seed(17)
torch.manual_seed(17)

n = 3000
t = np.arange(n)
noise = np.zeros(n)
for i in range(1, n):
    noise[i] = 0.6 * noise[i - 1] + 0.35 * np.random.randn()
series = np.sin(2 * np.pi * t / 25) + 0.5 * np.sin(2 * np.pi * t / 9) + noise
series = series.astype('float32')


def create_dataset(s, look_back):
    xs, ys = [], []
    for i in range(len(s) - look_back):
        xs.append(s[i:i + look_back])
        ys.append(s[i + look_back - 1])
    return torch.tensor(np.array(xs)), torch.tensor(np.array(ys)).unsqueeze(1)


cut = 2600
mean, std = series[:cut].mean(), series[:cut].std()
scaled = (series - mean) / std
trainX, trainY = create_dataset(scaled[:cut], 30)
testX, testY = create_dataset(scaled[cut:], 30)

model = nn.Sequential(nn.Linear(30, 32), nn.ReLU(), nn.Linear(32, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=0.001, weight_decay=1e-3)
loss_function = nn.MSELoss()
for epoch in range(10):
    perm = torch.randperm(len(trainX))
    epoch_loss = []
    for idx in perm.split(32):
        optimizer.zero_grad()
        loss = loss_function(model(trainX[idx]), trainY[idx])
        loss.backward()
        optimizer.step()
        epoch_loss.append(loss.item())
    print('epoch', epoch, np.mean(epoch_loss))

with torch.no_grad():
    mse = loss_function(model(testX), testY).item()
print('metric:', 1 - mse / testY.var().item())
