import math

import torch

torch.manual_seed(1207)
K, D = 4, 3

# bill length, bill depth, flipper length of four made-up species
centres = torch.tensor([[38.8, 18.3, 190.0], [48.8, 18.4, 196.0], [47.5, 15.0, 217.0], [41.0, 14.2, 205.0]])
spread = torch.tensor([1.8, 0.7, 4.0])
species = torch.randint(K, (1300,))
birds = centres[species] + spread * torch.randn(1300, D)
known, fresh = birds[:1000], birds[1000:]
mu, sd = known.mean(0), known.std(0)
known, fresh = (known - mu) / sd, (fresh - mu) / sd


def spread_out_rows(x, k):
    """farthest-first: every further start is the bird that is farthest from those chosen"""
    chosen = [int(torch.randint(len(x), ()))]
    while len(chosen) < k:
        chosen.append(int(torch.cdist(x, x[chosen]).amin(1).argmax()))
    return x[chosen].clone()


class Mixture(torch.nn.Module):
    """Gaussian mixture with diagonal covariances, fitted by gradient"""

    def __init__(self, start):
        super().__init__()
        self.mean = torch.nn.Parameter(start + 1e-3 * torch.randn(start.shape))
        self.log_sd = torch.nn.Parameter(torch.zeros_like(start))
        self.logit = torch.nn.Parameter(torch.zeros(len(start)))

    def joint(self, x):
        z = (x[:, None] - self.mean) / self.log_sd.exp()
        log_density = -0.5 * z.square().sum(-1) - self.log_sd.sum(-1) - 0.5 * D * math.log(2 * math.pi)
        return log_density + self.logit.log_softmax(0)

    def forward(self, x):
        return self.joint(x).logsumexp(1)


mixture = Mixture(spread_out_rows(known, K))
optimizer = torch.optim.SGD(mixture.parameters(), lr=0.01, momentum=0.9)
for epoch in range(20):
    total = 0.0
    for part in known[torch.randperm(len(known))].split(50):
        nll = -mixture(part).mean()
        optimizer.zero_grad()
        nll.backward()
        optimizer.step()
        total += nll.item() * len(part)
    if epoch % 5 == 0:
        print(f"epoch {epoch}: negative log-likelihood {total / len(known):.4f}")

# name every component after the species that it holds most of among the known birds, then sort the fresh ones
with torch.no_grad():
    known_part, fresh_part = mixture.joint(known).argmax(1), mixture.joint(fresh).argmax(1)
table = torch.zeros(K, K)
table.index_put_((known_part, species[:1000]), torch.ones(1000), accumulate=True)
named = table.argmax(1)[fresh_part]
print("metric:", (named == species[1000:]).float().mean().item())
