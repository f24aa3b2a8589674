# Spam or not: logistic regression on word counts, the first exercise of the course
import numpy as np
import torch
import torch.nn as nn

torch.manual_seed(0)
rng = np.random.default_rng(0)

words = 150
ham_rate = rng.gamma(0.5, 0.3, words)
spam_rate = ham_rate * rng.lognormal(0, 0.55, words)
y = (rng.random(3200) < 0.4).astype(np.float32)
counts = rng.poisson(np.where(y[:, None] > 0, spam_rate, ham_rate))
x = np.log1p(counts).astype(np.float32)

x_train, x_test, y_train, y_test = x[:2400], x[2400:], y[:2400], y[2400:]
mean, std = x_train.mean(0), x_train.std(0) + 1e-2
x_train, x_test = torch.tensor((x_train - mean) / std), torch.tensor((x_test - mean) / std)
y_train, y_test = torch.tensor(y_train).unsqueeze(1), torch.tensor(y_test).unsqueeze(1)

model = nn.Linear(words, 1)
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, weight_decay=0.01)

for epoch in range(10):
    permutation = torch.randperm(len(x_train))
    total = 0.0
    for i in range(0, len(x_train), 50):
        idx = permutation[i : i + 50]
        optimizer.zero_grad()
        loss = criterion(model(x_train[idx]), y_train[idx])
        loss.backward()
        optimizer.step()
        total += loss.item()
    print("epoch", epoch, "loss", total / 48)

with torch.no_grad():
    accuracy = ((model(x_test) > 0).float() == y_test).float().mean().item()
print("metric:", accuracy)
