# LSTM for step counting devices: is the wearer walking, climbing stairs, cycling?
import numpy as np
import torch
import torch.nn as nn

torch.manual_seed(50)
np.random.seed(50)
BATCH_SIZE, HIDDEN, EPOCHS = 32, 24, 10


def record(activity, T=30):
    t = np.arange(T)
    f = [0.18, 0.1, 0.27][activity] * np.random.uniform(0.9, 1.1)
    ph = np.random.uniform(0, 2 * np.pi)
    up = np.sin(2 * np.pi * f * t + ph) * [1.0, 0.8, 0.3][activity]
    fwd = np.cos(2 * np.pi * f * t + ph) * [0.4, 0.3, 0.9][activity]
    fwd = fwd + [0.1, 0.5, -0.4][activity] + 0.15 * np.random.randn()   # how far the wearer leans
    return np.stack([up, fwd], 1) + 0.25 * np.random.randn(T, 2)


labels = np.random.randint(0, 3, 1250)
data = np.stack([record(a) for a in labels]).astype(np.float32)
x_train, x_test = torch.from_numpy(data[:1000]), torch.from_numpy(data[1000:])
y_train, y_test = torch.from_numpy(labels[:1000]), torch.from_numpy(labels[1000:])


class ActivityLSTM(nn.Module):
    def __init__(self):
        super(ActivityLSTM, self).__init__()
        self.lstm = nn.LSTM(input_size=2, hidden_size=HIDDEN, batch_first=True)
        self.fc = nn.Linear(HIDDEN, 3)

    def init_hidden(self, n):
        return torch.zeros(1, n, HIDDEN), torch.zeros(1, n, HIDDEN)

    def forward(self, x, hidden):
        out, hidden = self.lstm(x, hidden)
        return self.fc(out[:, -1, :])


net = ActivityLSTM()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=0.004)
train_loader = torch.utils.data.DataLoader(
    torch.utils.data.TensorDataset(x_train, y_train), batch_size=BATCH_SIZE, shuffle=True)

for epoch in range(EPOCHS):
    net.train()
    running_loss = 0.0
    for i, (inputs, targets) in enumerate(train_loader):
        hidden = net.init_hidden(BATCH_SIZE)
        optimizer.zero_grad()
        outputs = net(inputs, hidden)
        loss = criterion(outputs, targets)
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        running_loss += loss.item()
    print('Epoch [%d/%d], Loss: %.4f' % (epoch + 1, EPOCHS, running_loss / len(train_loader)))

net.eval()
with torch.no_grad():
    predicted = net(x_test, net.init_hidden(len(x_test))).argmax(1)
print('metric:', (predicted == y_test).float().mean().item())
