"""The peer of train-step.bench.ts: the same model, batch and optimisers in PyTorch, as fast as we know how.

    python bench/torch_peer.py FOLDER THREADS TRY_COMPILE

Reads case.json and case.safetensors from FOLDER, tries its ways of computing attention, eager and compiled, and keeps
the fastest for each kind of work. Then every line on stdin ("forward", "adamw", "muon") is done once and answered by
a line of JSON: {"ms", "loss"}. "save KIND" writes the weights of a kind to FOLDER/KIND.safetensors.
"""

import itertools
import json
import os
import sys
import time
import warnings
from pathlib import Path

FOLDER, THREADS, TRY_COMPILE = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "1"
os.environ["OMP_NUM_THREADS"] = str(THREADS)

import torch  # noqa: E402 - reads OMP_NUM_THREADS
import torch.nn.functional as F  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402

warnings.filterwarnings("ignore")
torch.set_num_threads(THREADS)

case = json.loads((FOLDER / "case.json").read_text())
stored = load_file(FOLDER / "case.safetensors")
BATCH, TOKENS, LAYERS, EPS = case["batch"], case["tokens"], case["layers"], case["eps"]
HEADS, KV_HEADS, HEAD_DIM = case["heads"], case["kvHeads"], case["headDim"]
GROUP = HEADS // KV_HEADS

ids = stored["input/ids"].long().reshape(-1)
places = stored["input/places"].long().reshape(BATCH * TOKENS, -1)
labels = stored["input/labels"].long()
loss_weights = stored["input/weights"]
visible = stored["input/mask"].bool()
bias = torch.zeros(visible.shape).masked_fill(~visible, -1e9)
angles = stored["input/coordinates"] @ stored["input/frequencies"].T
COS = torch.cat([angles, angles], -1).cos()[:, :, None]
SIN = torch.cat([angles, angles], -1).sin()[:, :, None]


def rotate(x):
    first, second = x.chunk(2, dim=-1)
    return x * COS + torch.cat([-second, first], dim=-1) * SIN


def sdpa_grouped(q, k, v):
    return F.scaled_dot_product_attention(q, k, v, attn_mask=bias, enable_gqa=True)


def sdpa_repeated(q, k, v):
    k, v = (t.repeat_interleave(GROUP, dim=1) for t in (k, v))
    return F.scaled_dot_product_attention(q, k, v, attn_mask=bias)


def folded(q, k, v):
    """Heads that share keys as rows of one product, as Jigsaw does it."""
    rows = q.reshape(BATCH, KV_HEADS, GROUP * TOKENS, HEAD_DIM)
    scores = (rows * HEAD_DIM**-0.5) @ k.transpose(-1, -2)
    scores = (scores.view(BATCH, KV_HEADS, GROUP, TOKENS, TOKENS) + bias[:, None]).softmax(-1)
    return (scores.view(BATCH, KV_HEADS, GROUP * TOKENS, TOKENS) @ v).view(BATCH, HEADS, TOKENS, HEAD_DIM)


ATTENTIONS = {f.__name__: f for f in (sdpa_grouped, sdpa_repeated, folded)}


def loss_with(attend):
    def loss(weights):
        x = F.embedding(ids, weights["model.embed_tokens.weight"])
        x = x + F.embedding_bag(places, weights["model.embed_positions.weight"], mode="sum")
        for i in range(LAYERS):

            def layer(part, i=i):
                return weights[f"model.layers.{i}.{part}.weight"]

            def heads(part, count, y, layer=layer):
                return F.linear(y, layer(f"self_attn.{part}_proj")).view(BATCH, TOKENS, count, HEAD_DIM)

            def normed(y, part, layer=layer):
                return F.rms_norm(y, y.shape[-1:], layer(part), EPS)

            y = normed(x, "input_layernorm")
            q = rotate(normed(heads("q", HEADS, y), "self_attn.q_norm")).transpose(1, 2)
            k = rotate(normed(heads("k", KV_HEADS, y), "self_attn.k_norm")).transpose(1, 2)
            v = heads("v", KV_HEADS, y).transpose(1, 2)
            out = attend(q, k, v).transpose(1, 2).reshape(BATCH * TOKENS, HEADS * HEAD_DIM)
            x = x + F.linear(out, layer("self_attn.o_proj"))
            y = normed(x, "post_attention_layernorm")
            gated = F.silu(F.linear(y, layer("mlp.gate_proj"))) * F.linear(y, layer("mlp.up_proj"))
            x = x + F.linear(gated, layer("mlp.down_proj"))
        x = F.rms_norm(x, x.shape[-1:], weights["model.norm.weight"], EPS)
        logits = F.linear(x, weights["model.embed_tokens.weight"])
        return (F.cross_entropy(logits, labels, reduction="none") * loss_weights).sum()

    return loss


def fresh_weights():
    prefix = "weight/"
    return {
        name[len(prefix) :]: torch.nn.Parameter(t.clone())
        for name, t in stored.items()
        if name.startswith(prefix)
    }


def adamw(parameters):
    """Fused, in one kernel for all weights; vectors are not decayed."""
    parameters = list(parameters)
    groups = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": case["weightDecay"]},
        {"params": [p for p in parameters if p.ndim < 2], "weight_decay": 0.0},
    ]
    betas = (case["beta1"], case["beta2"])
    return torch.optim.AdamW(groups, lr=case["learningRate"], betas=betas, eps=case["optimizerEps"], fused=True)


class Muon:
    """In float32 (torch.optim.Muon iterates in bfloat16), matrices of one shape in one batch."""

    def __init__(self, parameters):
        by_shape = {}
        for p in parameters:
            by_shape.setdefault(p.shape, []).append(p)
        self.groups = [(group, torch.zeros(len(group), *shape)) for shape, group in by_shape.items()]

    @torch.no_grad()
    def step(self):
        rate, momentum = case["muonLearningRate"], case["momentum"]
        for group, buffer in self.groups:
            gradient = torch.stack([p.grad for p in group])
            buffer.mul_(momentum).add_(gradient)
            x = gradient.add_(buffer, alpha=momentum)
            rows, columns = x.shape[1:]
            x = x if rows <= columns else x.mT
            x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
            for _ in range(5):
                gram = x @ x.mT
                x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=-4.775, alpha=2.0315), x, beta=3.4445)
            x = x if rows <= columns else x.mT
            torch._foreach_mul_(group, 1 - rate * case["weightDecay"])
            torch._foreach_add_(group, list(x.unbind()), alpha=-rate * max(1, rows / columns) ** 0.5)


class Training:
    def __init__(self, loss, muon):
        self.loss, self.weights = loss, fresh_weights()
        matrices = [p for n, p in self.weights.items() if muon and p.ndim == 2 and n.startswith("model.layers.")]
        taken = set(map(id, matrices))
        rest = adamw(p for p in self.weights.values() if id(p) not in taken)
        self.optimizers = [rest] + ([Muon(matrices)] if muon else [])

    def __call__(self):
        for p in self.weights.values():
            p.grad = None
        loss = self.loss(self.weights)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.weights.values(), case["maxGradNorm"], foreach=True)
        for optimizer in self.optimizers:
            optimizer.step()
        return loss.item()


class Forward:
    def __init__(self, loss):
        self.loss, self.weights = loss, {name: p.detach() for name, p in fresh_weights().items()}

    def __call__(self):
        with torch.no_grad():
            return self.loss(self.weights).item()


KINDS = {
    "forward": Forward,
    "adamw": lambda loss: Training(loss, muon=False),
    "muon": lambda loss: Training(loss, muon=True),
}


def timed(work):
    start = time.perf_counter()
    loss = work()
    return (time.perf_counter() - start) * 1e3, loss


def best_of(work, times=5):
    return min(timed(work)[0] for _ in range(times))


def candidates():
    eager = {name: loss_with(f) for name, f in ATTENTIONS.items()}
    yield from eager.items()
    if TRY_COMPILE:
        for name, loss in eager.items():
            yield f"{name}, compiled", torch.compile(loss, dynamic=False)


def choose(kind):
    """The fastest way for a kind of work; ways that fail here are told and left out."""
    times = {}
    for name, loss in candidates():
        try:
            work = KINDS[kind](loss)
            work()
            work()
            times[name] = (best_of(work), loss)
        except Exception as error:  # noqa: BLE001 - whatever the compiler says, the others still run
            print(f"{kind}: {name} failed: {str(error).splitlines()[0]}", file=sys.stderr)
    for name, (ms, _) in sorted(times.items(), key=lambda item: item[1][0]):
        print(f"  PyTorch {kind}: {name} {ms:.0f} ms", file=sys.stderr)
    name = min(times, key=lambda key: times[key][0])
    return name, times[name][1]


def main():
    chosen = {"forward": choose("forward"), "adamw": choose("adamw")}
    # The optimiser changes nothing about which way is fastest to the gradients.
    chosen["muon"] = chosen["adamw"]
    work = {kind: KINDS[kind](loss) for kind, (_, loss) in chosen.items()}
    reply({"torch": torch.__version__, "ways": {kind: name for kind, (name, _) in chosen.items()}})
    for line in itertools.chain(sys.stdin):
        command, *arguments = line.split()
        if command == "save":
            kind = arguments[0]
            save_file({n: p.detach() for n, p in work[kind].weights.items()}, FOLDER / f"{kind}.safetensors")
            reply({})
        else:
            ms, loss = timed(work[command])
            reply({"ms": ms, "loss": loss})


def reply(message):
    print(json.dumps(message), flush=True)


if __name__ == "__main__":
    main()
