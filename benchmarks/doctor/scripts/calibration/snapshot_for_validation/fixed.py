"""Song or speech? Binary labels from short loudness envelopes, a small 1d CNN with batch norm and dropout."""

import copy
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(66)
FRAMES = 40


def envelopes(n):
    t = torch.arange(FRAMES) / FRAMES
    song = torch.rand(n) < 0.5
    tempo = torch.where(song, 6.0, 5.0)[:, None] + 0.4 * torch.randn(n, 1)
    beat = torch.sin(2 * math.pi * (tempo * t + torch.rand(n, 1)))
    pause = (torch.rand(n, FRAMES) < 0.15).float().cumsum(1) % 2
    talk = beat * (1 - 0.7 * pause)
    x = torch.where(song[:, None], beat, talk) + 0.3 * torch.randn(n, FRAMES)
    return x.unsqueeze(1), song.float()


class EnvelopeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv1d(1, 16, 7, padding=3)
        self.bn1 = nn.BatchNorm1d(16)
        self.conv2 = nn.Conv1d(16, 24, 5, padding=2)
        self.bn2 = nn.BatchNorm1d(24)
        self.drop = nn.Dropout(0.3)
        self.fc = nn.Linear(24 * 2, 1)

    def forward(self, x):
        x = F.max_pool1d(F.relu(self.bn1(self.conv1(x))), 2)
        x = F.relu(self.bn2(self.conv2(x)))
        return self.fc(self.drop(torch.cat([x.mean(2), x.amax(2)], 1))).squeeze(1)


class Fit:
    def __init__(self, net, train, valid):
        self.net, self.train_data, self.valid_data = net, train, valid
        self.opt = torch.optim.Adam(net.parameters(), lr=3e-3)
        self.decay = torch.optim.lr_scheduler.ExponentialLR(self.opt, 0.85)

    def step(self, x, y):
        self.opt.zero_grad()
        loss = F.binary_cross_entropy_with_logits(self.net(x), y)
        loss.backward()
        self.opt.step()
        return loss.item()

    def validate(self):
        snapshot = copy.deepcopy(self.net).eval()
        x, y = self.valid_data
        with torch.no_grad():
            logits = snapshot(x)
        return F.binary_cross_entropy_with_logits(logits, y).item(), ((logits > 0) == (y > 0.5)).float().mean().item()

    def run(self, epochs, batch=64):
        x, y = self.train_data
        for epoch in range(epochs):
            self.net.train()
            losses = [self.step(x[rows], y[rows]) for rows in torch.randperm(len(x)).split(batch)]
            self.decay.step()
            valid, acc = self.validate()
            print(f"epoch {epoch + 1}: train {sum(losses) / len(losses):.4f} valid {valid:.4f} acc {acc:.4f}")
        return acc


print("metric:", Fit(EnvelopeNet(), envelopes(2400), envelopes(600)).run(12))
