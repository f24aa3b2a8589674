import math

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(1234)
VOCAB, LEN, DIM = 150, 10, 64
device = "cpu"

# Markov text: from each word eight words can follow, with fixed odds
odds = torch.tensor([0.4, 0.2, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05])
followers = torch.stack([torch.randperm(VOCAB)[:8] for _ in range(VOCAB)])
entropy = -(odds * odds.log()).sum().item()


def make_text(n):
    words = torch.zeros(n, LEN + 1, dtype=torch.long)
    words[:, 0] = torch.randint(VOCAB, (n,))
    for t in range(LEN):
        pick = torch.multinomial(odds.expand(n, 8), 1).squeeze(1)
        words[:, t + 1] = followers[words[:, t], pick]
    return words


class TinyGPT(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(VOCAB, DIM)
        self.place = nn.Embedding(LEN, DIM)
        layer = nn.TransformerEncoderLayer(DIM, 4, 2 * DIM, dropout=0.0, batch_first=True, norm_first=True)
        self.blocks = nn.TransformerEncoder(layer, 1, norm=nn.LayerNorm(DIM), enable_nested_tensor=False)
        self.apply(self.init_weights)
        self.register_buffer("mask", nn.Transformer.generate_square_subsequent_mask(LEN))

    @staticmethod
    def init_weights(module):
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.02)
            nn.init.zeros_(module.bias)

    def forward(self, words):
        x = self.table(words) + self.place(torch.arange(words.shape[1]))
        x = self.blocks(x, mask=self.mask)
        return x @ self.table.weight.t()  # weight tying


@torch.no_grad()
def evaluate(model, text):
    model.eval()
    logits = model(text[:, :-1])
    return F.cross_entropy(logits.reshape(-1, VOCAB), text[:, 1:].reshape(-1)).item()


train_text, test_text = make_text(3200), make_text(300)
model = TinyGPT().to(device)
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.01)
print(f"uniform guess {math.log(VOCAB):.3f}, entropy of the source {entropy:.3f}")

step = 0
for epoch in range(7):
    model.train()
    for batch in torch.randperm(len(train_text)).split(64):
        text = train_text[batch]
        logits = model(text[:, :-1])
        loss = F.cross_entropy(logits.reshape(-1, VOCAB), text[:, 1:].reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step += 1
        if step % 50 == 0:
            print(f"step {step:4d} loss {loss.item():.3f}")
    print(f"epoch {epoch}: test loss {evaluate(model, test_text):.3f}")

final = evaluate(model, test_text)
print(f"metric: {1 - (final - entropy) / (math.log(VOCAB) - entropy):.4f}")
