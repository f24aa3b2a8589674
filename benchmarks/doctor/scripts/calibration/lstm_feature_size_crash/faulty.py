import torch
import torch.nn as nn

torch.manual_seed(156)


class GestureLSTM(nn.Module):
    def __init__(self, input_size, hidden_size, num_classes):
        super(GestureLSTM, self).__init__()
        self.lstm = nn.LSTM(input_size, hidden_size, batch_first=True)
        self.fc = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out[:, -1, :])


# 400 recordings, 25 time steps, 6 sensor channels
labels = torch.randint(0, 3, (400,))
t = torch.arange(25.)
signals = torch.sin(t[None, :, None] * (0.2 + 0.25 * labels[:, None, None]) + torch.rand(400, 1, 6) * 6) + 0.2 * torch.randn(400, 25, 6)
model = GestureLSTM(input_size=25, hidden_size=32, num_classes=3)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(25):
    for i in range(0, 320, 32):
        outputs = model(signals[i:i + 32])
        loss = criterion(outputs, labels[i:i + 32])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
with torch.no_grad():
    print('metric:', (model(signals[320:]).argmax(1) == labels[320:]).float().mean().item())
