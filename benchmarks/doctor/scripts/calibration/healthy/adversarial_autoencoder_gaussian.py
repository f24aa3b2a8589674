"""Adversarial autoencoder: three optimisers, three phases; the codes of handwritten zeros, ones and twos."""

import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(16)
bunch = load_digits(n_class=3)
x = torch.tensor(bunch.data, dtype=torch.float32)
x = x[torch.randperm(len(x))]
train, test = x[:430], x[430:]
mean, std = train.mean(0), train.std()
train, test = (train - mean) / std, (test - mean) / std


def mlp(*sizes):
    parts = []
    for a, b in zip(sizes, sizes[1:]):
        parts += [nn.Linear(a, b), nn.LeakyReLU(0.2)]
    return nn.Sequential(*parts[:-1])


encoder, decoder, judge = mlp(64, 64, 6), mlp(6, 64, 64), mlp(6, 48, 48, 1)
opt_auto = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=2e-3)
opt_judge = torch.optim.Adam(judge.parameters(), lr=4e-4, betas=(0.5, 0.999))
opt_fool = torch.optim.Adam(encoder.parameters(), lr=1e-3, betas=(0.5, 0.999))
bce = nn.BCEWithLogitsLoss()

for epoch in range(45):
    sums = torch.zeros(3)
    for batch in train[torch.randperm(430)].split(43):
        one, nought = torch.ones(len(batch), 1), torch.zeros(len(batch), 1)
        recon = nn.functional.mse_loss(decoder(encoder(batch)), batch)
        opt_auto.zero_grad()
        recon.backward()
        opt_auto.step()

        prior = torch.randn(len(batch), 6)
        judged = 0.5 * (bce(judge(prior), one) + bce(judge(encoder(batch).detach()), nought))
        opt_judge.zero_grad()
        judged.backward()
        opt_judge.step()

        fooled = bce(judge(encoder(batch)), one)
        opt_fool.zero_grad()
        fooled.backward()
        opt_fool.step()
        sums += torch.tensor([recon.item(), judged.item(), fooled.item()])
    if epoch % 9 == 8:
        print(epoch + 1, [round(v, 3) for v in (sums / 10).tolist()])

with torch.no_grad():
    code = encoder(test)
    left = nn.functional.mse_loss(decoder(code), test) / test.square().mean()
print("codes: mean", code.mean().item(), "std", code.std().item())
print("metric:", 1 - left.item())
