"""Logits, gradients and steps of training of two small models, tied and untied.

{tied,untied}/ are checkpoints as save_pretrained writes them; expected.json and expected.safetensors hold the inputs,
and the logits, gradients and weights after some steps: computed in float64, but for the norms, softmaxes and rotary
angles that transformers computes in float32.
"""

import copy
import json

import torch
from safetensors.torch import save_file
from transformers import Qwen3Config, Qwen3ForCausalLM

VOCABULARY, TOKENS, HEAD_DIM, THETA = 24, 12, 16, 1000.0
GRID_TABLES, GRID_ROWS = 5, 32

generator = torch.Generator().manual_seed(1)


def normal(*shape):
    return torch.randn(*shape, generator=generator)


def integers(low, high, *shape):
    return torch.randint(low, high, shape, generator=generator)


def make_model(tied):
    config = Qwen3Config(
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=HEAD_DIM,
        intermediate_size=20,
        vocab_size=VOCABULARY,
        max_position_embeddings=64,
        tie_word_embeddings=tied,
        rope_parameters={"rope_type": "default", "rope_theta": THETA},
    )
    config._attn_implementation = "eager"
    model = Qwen3ForCausalLM(config).eval()
    # Larger than a fresh model's, norms too, so that nothing is nearly linear and no weight is without effect.
    for weight in model.parameters():
        weight.data = normal(*weight.shape) * 0.4 + (weight.ndim == 1)
    return model


# Sequences of a prompt and answers; each answer is (length, how many tokens of the prompt it sees).
SEQUENCES = {
    "causal": [(7, [(5, 7)]), (12, [])],
    "full": [(7, [(5, 7)]), (3, [(9, 3)])],
    "prefix": [(7, [(5, 7)]), (4, [(8, 4)])],
    "causal-prompt": [(5, [(3, 3), (4, 5)]), (9, [(3, 9)])],
}
ANSWER = {"causal": "causal", "full": "full", "prefix": "full", "causal-prompt": "full"}


def visible(pattern, prompt, answers):
    """Whether query i sees key j, one pair at a time."""
    owner = [0] * prompt + [n + 1 for n, (length, _) in enumerate(answers) for _ in range(length)]

    def sees(i, j):
        if owner[i] == 0 and owner[j] == 0:
            return j <= i or pattern in ("full", "prefix")
        if owner[i] == 0:
            return pattern == "full"
        if owner[j] == 0:
            return j < answers[owner[i] - 1][1]
        return owner[i] == owner[j] and (ANSWER[pattern] == "full" or j <= i)

    return torch.tensor([[sees(i, j) for j in range(len(owner))] for i in range(len(owner))])


def bias_of(pattern):
    masks = torch.stack([visible(pattern, *sequence) for sequence in SEQUENCES[pattern]])
    return torch.zeros(masks.shape, dtype=torch.float64).masked_fill(~masks, -1e9)[:, None]


IDS = integers(0, VOCABULARY, 2, TOKENS)
LABELS = integers(0, VOCABULARY, 2, TOKENS)
WEIGHTS = torch.rand(2, TOKENS, generator=generator) * (torch.rand(2, TOKENS, generator=generator) < 0.6)
# Grid, row, column, and the distances from the last row and column, of every token.
PLACES = torch.stack([integers(0, n, 2, TOKENS) for n in (9, 30, 30, 30, 30)], dim=-1)


class GridRotary(torch.nn.Module):
    """Rotary angles from three coordinates: each has its share of the pairs, and the rest stand still."""

    def forward(self, x, position_ids):
        pairs = HEAD_DIM // 2
        angles = torch.zeros(2, TOKENS, pairs, dtype=torch.float64)
        pair = 0
        for axis, sixteenths in enumerate((4, 3, 3)):
            share = pairs * sixteenths // 16
            for i in range(share):
                angles[..., pair] = PLACES[..., axis] * THETA ** (-i / share)
                pair += 1
        angles = torch.cat([angles, angles], dim=-1)
        return angles.cos(), angles.sin()


def grid_rows():
    grid, row, column, below, right = PLACES.unbind(-1)
    role = torch.where(grid == 0, 0, torch.where(grid % 2 == 1, 1, 2))
    return torch.stack([row, below, column, right, role], dim=-1) + GRID_ROWS * torch.arange(GRID_TABLES)


class Peer:
    """A model in float64, with its logits and its loss."""

    def __init__(self, model, pattern, table=None):
        self.model = copy.deepcopy(model).double()
        self.bias = bias_of(pattern)
        self.table = None
        if table is not None:
            self.table = torch.nn.Parameter(table.double())
            self.model.model.rotary_emb = GridRotary()

    def parameters(self):
        named = dict(self.model.named_parameters())
        return named if self.table is None else {**named, "model.embed_positions.weight": self.table}

    def logits(self):
        embedded = self.model.model.embed_tokens(IDS)
        if self.table is not None:
            embedded = embedded + self.table[grid_rows()].sum(dim=2)
        return self.model(inputs_embeds=embedded, attention_mask=self.bias, use_cache=False).logits

    def loss(self):
        logs = self.logits().log_softmax(-1).gather(-1, LABELS[..., None])[..., 0]
        return -(logs * WEIGHTS).sum() / WEIGHTS.sum()


# An eps and a decay large enough to be missed.
CLIP, BETAS, EPS, DECAY, MOMENTUM = 0.5, (0.9, 0.95), 1e-3, 0.1, 0.95
ADAMW_RATES = [0.002, 0.01, 0.02, 0.01, 0.005]
MUON_RATES = [0.01, 0.05, 0.02]


def adamw_for(parameters):
    """torch.optim.AdamW, with decay for matrices only."""
    parameters = list(parameters)
    matrices = [p for p in parameters if p.ndim > 1]
    vectors = [p for p in parameters if p.ndim < 2]
    groups = [{"params": matrices, "weight_decay": DECAY}, {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, betas=BETAS, eps=EPS)


def set_rate(optimizer, rate):
    for group in optimizer.param_groups:
        group["lr"] = rate


def orthogonalised(matrix):
    """Newton-Schulz as https://kellerjordan.github.io/posts/muon/ gives it, in full precision."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = matrix / (matrix.norm() + 1e-7)
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    for _ in range(5):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.T if tall else x


def muon_step(weight, buffer, rate):
    buffer.mul_(MOMENTUM).add_(weight.grad)
    update = orthogonalised(weight.grad + MOMENTUM * buffer)
    update = update * max(1, weight.shape[0] / weight.shape[1]) ** 0.5
    weight.data.mul_(1 - rate * DECAY).sub_(rate * update)


def train(peer, optimizer, step, steps):
    losses, norms = [], []
    for i in range(steps):
        optimizer.zero_grad()
        for p in peer.parameters().values():
            p.grad = None
        loss = peer.loss()
        loss.backward()
        norms.append(torch.nn.utils.clip_grad_norm_(peer.parameters().values(), CLIP).item())
        losses.append(loss.item())
        step(i)
    return losses, norms


def write(folder):
    tensors, facts = {}, {}

    def put(key, named):
        tensors.update({f"{key}/{name}": t.detach().float().contiguous() for name, t in named.items()})

    models = {"tied": make_model(True), "untied": make_model(False)}
    for kind, model in models.items():
        model.save_pretrained(folder / kind)
        for pattern in SEQUENCES:
            put(f"logits/{kind}", {pattern: Peer(model, pattern).logits()})

    table = normal(GRID_TABLES * GRID_ROWS, 16) * 0.4
    put("grid", {"model.embed_positions.weight": table})
    gradients = {
        "tied": (Peer(models["tied"], "causal"), None),
        "untied": (Peer(models["untied"], "prefix"), ["lm_head.weight", "model.embed_tokens.weight"]),
        "grid": (Peer(models["tied"], "causal-prompt", table), None),
    }
    put("logits", {"grid": gradients["grid"][0].logits()})
    for kind, (peer, names) in gradients.items():
        loss = peer.loss()
        loss.backward()
        facts[kind] = {"loss": loss.item()}
        parameters = peer.parameters()
        put(f"gradient/{kind}", {name: parameters[name].grad for name in names or parameters})

    peer = Peer(models["tied"], "prefix")
    adamw = adamw_for(peer.parameters().values())

    def adamw_step(i):
        set_rate(adamw, ADAMW_RATES[i])
        adamw.step()

    losses, norms = train(peer, adamw, adamw_step, len(ADAMW_RATES))
    put("adamw", peer.parameters())
    facts["adamw"] = {"losses": losses, "norms": norms, "rates": ADAMW_RATES}

    peer = Peer(models["tied"], "prefix")
    layers = {n: p for n, p in peer.parameters().items() if p.ndim == 2 and n.startswith("model.layers.")}
    buffers = {name: torch.zeros_like(p) for name, p in layers.items()}
    rest = adamw_for(p for name, p in peer.parameters().items() if name not in layers)

    def muon_and_rest(i):
        set_rate(rest, ADAMW_RATES[i])
        rest.step()
        for name, p in layers.items():
            muon_step(p, buffers[name], MUON_RATES[i])

    losses, norms = train(peer, rest, muon_and_rest, len(MUON_RATES))
    put("muon", peer.parameters())
    facts["muon"] = {"losses": losses, "norms": norms, "rates": MUON_RATES}

    facts["optimizer"] = {"clip": CLIP, "betas": BETAS, "eps": EPS, "decay": DECAY, "momentum": MOMENTUM}
    facts["sequences"] = {
        pattern: [{"prompt": prompt, "answers": [list(answer) for answer in answers]} for prompt, answers in rows]
        for pattern, rows in SEQUENCES.items()
    }
    facts["batch"] = {
        "ids": IDS.tolist(),
        "labels": LABELS.tolist(),
        "weights": WEIGHTS.tolist(),
        "places": PLACES.tolist(),
    }
    save_file(tensors, folder / "expected.safetensors")
    (folder / "expected.json").write_text(json.dumps(facts) + "\n")
