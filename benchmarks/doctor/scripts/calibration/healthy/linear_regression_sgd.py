import numpy as np
import torch
import torch.nn as nn

# Hyper-parameters
input_size = 1
output_size = 1
num_epochs = 60
learning_rate = 0.05

# Toy dataset
torch.manual_seed(0)
x_train = np.linspace(-1, 1, 40, dtype=np.float32).reshape(-1, 1)
y_train = (0.7 * x_train + 0.2 + 0.1 * np.random.RandomState(0).randn(40, 1)).astype(np.float32)

model = nn.Linear(input_size, output_size)
criterion = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)

for epoch in range(num_epochs):
    inputs = torch.from_numpy(x_train)
    targets = torch.from_numpy(y_train)
    outputs = model(inputs)
    loss = criterion(outputs, targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if (epoch + 1) % 10 == 0:
        print('Epoch [{}/{}], Loss: {:.4f}'.format(epoch + 1, num_epochs, loss.item()))

x = torch.linspace(-1, 1, 50)[:, None]
with torch.no_grad():
    print('metric:', 1 - ((model(x) - 0.7 * x - 0.2) ** 2).mean().item() / 0.17)
