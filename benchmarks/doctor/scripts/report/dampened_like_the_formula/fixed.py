import numpy as np
import torch
import torch.nn as nn

np.random.seed(55)
torch.manual_seed(55)


# 4 kinds of driving from 50 samples of yaw rate, throttle and brake
def drive(kind):
    t = np.linspace(0, 1, 50)
    phase = np.random.rand() * 2 * np.pi
    yaw = [0.2, 1.0, 0.6, 0.9][kind] * np.sin(2 * np.pi * [1.0, 1.5, 3.0, 2.0][kind] * t + phase)
    throttle = 0.5 + [0.1, 0.3, 0.35, -0.3][kind] * np.sign(np.sin(2 * np.pi * 2 * t + phase))
    brake = np.maximum(0, [0.1, 0.4, 0.6, 0.8][kind] * np.cos(2 * np.pi * 2 * t + phase))
    x = np.stack([yaw, throttle, brake], 1)
    return x + np.random.randn(50, 3) * 0.25


def make(n):
    y = np.random.randint(0, 4, n)
    return np.stack([drive(k) for k in y]).astype(np.float32), y


X_train, y_train = make(1200)
X_test, y_test = make(400)
mu, sd = X_train.mean((0, 1)), X_train.std((0, 1))
X_train, X_test = torch.from_numpy((X_train - mu) / sd), torch.from_numpy((X_test - mu) / sd)
y_train, y_test = torch.from_numpy(y_train), torch.from_numpy(y_test)


class DriveLSTM(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 32, batch_first=True)
        self.fc = nn.Linear(32, 4)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out.mean(1))


model = DriveLSTM()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-4)

for epoch in range(16):
    model.train()
    epoch_loss, n = 0.0, 0
    perm = torch.randperm(len(X_train))
    for i in range(0, len(perm), 32):
        b = perm[i : i + 32]
        optimizer.zero_grad()
        loss = criterion(model(X_train[b]), y_train[b])
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        epoch_loss += loss.item() * len(b)
    model.eval()
    with torch.no_grad():
        acc = (model(X_test).argmax(1) == y_test).float().mean().item()
    print("Epoch %d, loss %.4f, test acc %.4f" % (epoch + 1, epoch_loss / len(perm), acc))

print("metric:", acc)
