"""Hidden Markov model of an animal's calls, fitted by gradient on the forward algorithm."""

import numpy as np
import torch

torch.manual_seed(0)
rng = np.random.default_rng(5)

STATES, SYMBOLS, T = 4, 8, 24

# the truth: four moods that follow one another, each with two favourite calls
true_A = 0.05 * np.ones((STATES, STATES)) + 0.8 * np.roll(np.eye(STATES), 1, axis=1)
true_A /= true_A.sum(1, keepdims=True)
true_B = 0.03 * np.ones((STATES, SYMBOLS))
for s in range(STATES):
    true_B[s, [2 * s, 2 * s + 1]] += [0.7, 0.15]
true_B /= true_B.sum(1, keepdims=True)


def sample(n):
    seqs = np.zeros((n, T), dtype=np.int64)
    for i in range(n):
        z = rng.integers(STATES)
        for t in range(T):
            seqs[i, t] = rng.choice(SYMBOLS, p=true_B[z])
            z = rng.choice(STATES, p=true_A[z])
    return torch.from_numpy(seqs)


train, test = sample(400), sample(150)

start_logits = torch.zeros(STATES, requires_grad=True)
trans_logits = (1.0 * torch.randn(STATES, STATES)).requires_grad_()
emit_logits = (1.0 * torch.randn(STATES, SYMBOLS)).requires_grad_()


def forward_pass(x):
    """Log-likelihood of each sequence and the belief over states before each symbol."""
    log_a = trans_logits.log_softmax(1)
    log_b = emit_logits.log_softmax(1)
    alpha = start_logits.log_softmax(0).expand(len(x), STATES)
    beliefs = []
    for t in range(x.shape[1]):
        beliefs.append(alpha)
        alpha = alpha + log_b.t()[x[:, t]]
        alpha = torch.logsumexp(alpha.unsqueeze(2) + log_a, dim=1)
    return torch.logsumexp(alpha, dim=1), beliefs


@torch.no_grad()
def next_symbol_accuracy(x):
    _, beliefs = forward_pass(x)
    emit = emit_logits.softmax(1)
    hits = []
    for t in range(4, T):
        guess = (beliefs[t].softmax(1) @ emit).argmax(1)
        hits.append((guess == x[:, t]).float().mean().item())
    return float(np.mean(hits))


opt = torch.optim.Adam([start_logits, trans_logits, emit_logits], lr=0.05)
for step in range(300):
    batch = train[torch.randint(len(train), (64,))]
    log_lik, _ = forward_pass(batch)
    nll = -log_lik.mean() / T
    opt.zero_grad()
    nll.backward()
    opt.step()
    if step % 50 == 49:
        with torch.no_grad():
            held_out = -forward_pass(test)[0].mean() / T
        print(f"step {step + 1}  nll per symbol {nll.item():.4f}  held out {held_out.item():.4f}")

print(f"metric: {next_symbol_accuracy(test):.4f}")
