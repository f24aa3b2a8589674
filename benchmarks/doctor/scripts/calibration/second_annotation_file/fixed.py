"""Intent classifier for short commands. Two people annotated; each handed in a table of (id, intent)."""

import random

import torch
import torch.nn as nn

random.seed(2)
torch.manual_seed(2)

INTENTS = {
    "lights": ["lamp", "light", "bright", "dim", "bulb"],
    "music": ["song", "play", "volume", "album", "track"],
    "weather": ["rain", "sun", "forecast", "wind", "umbrella"],
    "timer": ["minutes", "alarm", "wake", "remind", "clock"],
    "door": ["lock", "open", "bell", "garage", "key"],
}
FILLER = ["please", "the", "a", "can", "you", "in", "now", "my", "set", "turn", "what", "is", "for", "kitchen", "off"]
NAMES = list(INTENTS)
WORDS = FILLER + [w for words in INTENTS.values() for w in words]
INDEX = {w: i for i, w in enumerate(WORDS)}


def command(intent):
    other = random.choice(NAMES)
    words = [random.choice(INTENTS[intent]) for _ in range(2)] + [random.choice(INTENTS[other])]
    words += random.choices(FILLER, k=random.randint(2, 6))
    random.shuffle(words)
    return [INDEX[w] for w in words]


truth = [random.randrange(len(NAMES)) for _ in range(2500)]
commands = [command(NAMES[t]) for t in truth]
half = 1250
first_table = [(i, NAMES[truth[i]]) for i in range(half)]
second_table = [(i, NAMES[truth[i]]) for i in range(half, 2000)]
random.shuffle(second_table)  # she worked through her share in random order


def merge(first, second):
    rows = sorted(first) + sorted(second)
    return [NAMES.index(intent) for _, intent in rows]


train_x, train_y = commands[:2000], torch.tensor(merge(first_table, second_table))
test_x, test_y = commands[2000:], torch.tensor(truth[2000:])


def bag(texts):
    offsets = torch.tensor([0] + [len(t) for t in texts[:-1]]).cumsum(0)
    return torch.tensor([w for t in texts for w in t]), offsets


model = nn.ModuleDict({"bag": nn.EmbeddingBag(len(WORDS), 16, mode="sum"), "out": nn.Linear(16, len(NAMES))})
nn.init.normal_(model["bag"].weight, std=0.3)
optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
loss_fn = nn.CrossEntropyLoss()

for epoch in range(14):
    order = torch.randperm(len(train_x)).tolist()
    total = 0.0
    for start in range(0, len(order), 40):
        rows = order[start : start + 40]
        logits = model["out"](model["bag"](*bag([train_x[r] for r in rows])))
        loss = loss_fn(logits, train_y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(rows)
    print(f"epoch {epoch + 1}: {total / len(order):.4f}")

with torch.no_grad():
    guess = model["out"](model["bag"](*bag(test_x))).argmax(1)
print("metric:", (guess == test_y).float().mean().item())
