import numpy as np
import torch
from torch import nn
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from sklearn.metrics import r2_score

rng = np.random.RandomState(3)
torch.manual_seed(3)

N = 1500
alt = rng.uniform(0, 3000, N)
sun = rng.uniform(0, 1, N)
hum = rng.uniform(20, 100, N)
wind = rng.gamma(2, 3, N)
pressure = 101325 * np.exp(-alt / 8400) + 150 * rng.randn(N)      # Pa
temp = 288 - 0.0065 * alt + 12 * sun - 0.3 * wind + rng.randn(N)   # K
rain = np.maximum(0, 0.08 * (hum - 50) + 2 * (1 - sun)) + 0.3 * rng.randn(N)   # mm
X = np.c_[alt, sun, hum, wind]
Y = np.c_[pressure, temp, rain]

X_train, X_test, Y_train, Y_test = train_test_split(X, Y, test_size=0.2, random_state=3)
x_scaler = StandardScaler().fit(X_train)
X_train, X_test = x_scaler.transform(X_train), x_scaler.transform(X_test)
Xt, Yt = torch.FloatTensor(X_train), torch.FloatTensor(Y_train)

model = nn.Sequential(nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
for epoch in range(20):
    model.train()
    perm = np.random.RandomState(epoch).permutation(len(Xt))
    total = 0.0
    for b in np.array_split(perm, 30):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(Xt[b]), Yt[b])
        loss.backward()
        optimizer.step()
        total += loss.item() / 30
    print('Epoch: {} Loss: {:.5f}'.format(epoch + 1, total))

model.eval()
with torch.no_grad():
    out = model(torch.FloatTensor(X_test)).numpy()
print('metric:', max(r2_score(Y_test, out), -9.0))
