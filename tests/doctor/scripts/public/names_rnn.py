"""Names to languages, a letter at a time, one name a step: an RNN by hand, its weights moved through .data."""

import random

import torch
import torch.nn as nn
from fingerprint import fingerprint

random.seed(0)
torch.manual_seed(0)
letters = "abcdefghijklmnopqrstuvwxyz"
endings = {"italian": ["ini", "elli", "ucci"], "polish": ["wski", "icz", "czyk"], "dutch": ["sen", "stra", "ink"]}
categories = list(endings)


def random_example():
    category = random.randrange(3)
    stem = "".join(random.choice(letters) for _ in range(random.randint(1, 3)))
    line = stem + random.choice(endings[categories[category]])
    tensor = torch.zeros(len(line), 1, len(letters))
    for i, letter in enumerate(line):
        tensor[i][0][letters.index(letter)] = 1
    return torch.tensor([category]), tensor


class RNN(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.hidden_size = hidden_size
        self.i2h = nn.Linear(input_size + hidden_size, hidden_size)
        self.h2o = nn.Linear(hidden_size, output_size)
        self.softmax = nn.LogSoftmax(dim=1)

    def forward(self, input, hidden):
        combined = torch.cat((input, hidden), 1)
        hidden = torch.tanh(self.i2h(combined))
        return self.softmax(self.h2o(hidden)), hidden


rnn = RNN(len(letters), 48, 3)
criterion = nn.NLLLoss()
learning_rate = 0.03
current_loss = right = 0
for iteration in range(1, 601):
    category, line = random_example()
    hidden = torch.zeros(1, rnn.hidden_size)
    rnn.zero_grad()
    for i in range(line.size(0)):
        output, hidden = rnn(line[i], hidden)
    loss = criterion(output, category)
    loss.backward()
    for p in rnn.parameters():
        p.data.add_(p.grad.data, alpha=-learning_rate)
    current_loss += loss.item()
    right += int(output.argmax() == category)
    if iteration % 100 == 0:
        print(f"{iteration}: {current_loss / 100:.4f}, right {right / 100:.2f}")
        current_loss = right = 0
fingerprint(rnn)
