"""The peer of train-step.bench.ts: the same model, batch and optimisers in PyTorch, as fast as we know how.

    python bench/peers/torch_peer.py FOLDER THREADS TRY_COMPILE

Reads case.json and case.safetensors from FOLDER, tries its ways of computing attention, eager and compiled, the batch
at once or in quarters, and keeps the fastest for each kind of work. Then every line on stdin ("forward", "adamw", "muon") is done once and answered by
a line of JSON: {"ms", "loss"}. "save KIND" writes the weights of a kind to FOLDER/KIND.safetensors.
"""

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
# Every way compiles the same function again, with another attention.
torch._dynamo.config.recompile_limit = 64

case = json.loads((FOLDER / "case.json").read_text())
stored = load_file(FOLDER / "case.safetensors")
TOKENS, LAYERS, EPS = case["tokens"], case["layers"], case["eps"]
HEADS, KV_HEADS, HEAD_DIM = case["heads"], case["kvHeads"], case["headDim"]
GROUP = HEADS // KV_HEADS


def inputs_of(parts):
    """The batch in parts of as many sequences each."""
    visible = stored["input/mask"].bool()
    angles = stored["input/coordinates"] @ stored["input/frequencies"].T
    angles = torch.cat([angles, angles], -1)[:, :, None]
    whole = {
        "ids": stored["input/ids"].long(),
        "places": stored["input/places"].long(),
        "labels": stored["input/labels"].long().view(-1, TOKENS),
        "weights": stored["input/weights"].view(-1, TOKENS),
        "bias": torch.zeros(visible.shape).masked_fill(~visible, -1e9),
        "cos": angles.cos(),
        "sin": angles.sin(),
    }
    chunks = zip(*(t.chunk(parts) for t in whole.values()))
    return [{name: t.contiguous() for name, t in zip(whole, chunk)} for chunk in chunks]


def rotate(x, cos, sin):
    first, second = x.chunk(2, dim=-1)
    return x * cos + torch.cat([-second, first], dim=-1) * sin


def sdpa_grouped(q, k, v, bias):
    return F.scaled_dot_product_attention(q, k, v, attn_mask=bias, enable_gqa=True)


def sdpa_repeated(q, k, v, bias):
    k, v = (t.repeat_interleave(GROUP, dim=1) for t in (k, v))
    return F.scaled_dot_product_attention(q, k, v, attn_mask=bias)


def folded(q, k, v, bias):
    """Heads that share keys as rows of one product, as Jigsaw does it."""
    batch = q.shape[0]
    rows = q.reshape(batch, KV_HEADS, GROUP * TOKENS, HEAD_DIM)
    scores = (rows * HEAD_DIM**-0.5) @ k.transpose(-1, -2)
    scores = (scores.view(batch, KV_HEADS, GROUP, TOKENS, TOKENS) + bias[:, None]).softmax(-1)
    return (scores.view(batch, KV_HEADS, GROUP * TOKENS, TOKENS) @ v).view(batch, HEADS, TOKENS, HEAD_DIM)


ATTENTIONS = {f.__name__: f for f in (sdpa_grouped, sdpa_repeated, folded)}


def loss_with(attend):
    def loss(weights, inputs):
        batch = inputs["ids"].shape[0]
        places = inputs["places"].view(batch * TOKENS, -1)
        x = F.embedding(inputs["ids"].view(-1), weights["model.embed_tokens.weight"])
        x = x + F.embedding_bag(places, weights["model.embed_positions.weight"], mode="sum")
        for i in range(LAYERS):

            def layer(part, i=i):
                return weights[f"model.layers.{i}.{part}.weight"]

            def heads(part, count, y, layer=layer):
                return F.linear(y, layer(f"self_attn.{part}_proj")).view(batch, TOKENS, count, HEAD_DIM)

            def normed(y, part, layer=layer):
                return F.rms_norm(y, y.shape[-1:], layer(part), EPS)

            def turned(y):
                return rotate(y, inputs["cos"], inputs["sin"]).transpose(1, 2)

            y = normed(x, "input_layernorm")
            q = turned(normed(heads("q", HEADS, y), "self_attn.q_norm"))
            k = turned(normed(heads("k", KV_HEADS, y), "self_attn.k_norm"))
            v = heads("v", KV_HEADS, y).transpose(1, 2)
            out = attend(q, k, v, inputs["bias"]).transpose(1, 2).reshape(batch * TOKENS, HEADS * HEAD_DIM)
            x = x + F.linear(out, layer("self_attn.o_proj"))
            y = normed(x, "post_attention_layernorm")
            gated = F.silu(F.linear(y, layer("mlp.gate_proj"))) * F.linear(y, layer("mlp.up_proj"))
            x = x + F.linear(gated, layer("mlp.down_proj"))
        x = F.rms_norm(x, x.shape[-1:], weights["model.norm.weight"], EPS)
        logits = F.linear(x, weights["model.embed_tokens.weight"])
        losses = F.cross_entropy(logits, inputs["labels"].view(-1), reduction="none")
        return (losses * inputs["weights"].view(-1)).sum()

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
    def __init__(self, loss, parts, muon):
        self.loss, self.inputs, self.weights = loss, inputs_of(parts), fresh_weights()
        matrices = [p for n, p in self.weights.items() if muon and p.ndim == 2 and n.startswith("model.layers.")]
        taken = set(map(id, matrices))
        rest = adamw(p for p in self.weights.values() if id(p) not in taken)
        self.optimizers = [rest] + ([Muon(matrices)] if muon else [])

    def __call__(self):
        for p in self.weights.values():
            p.grad = None
        total = 0.0
        for inputs in self.inputs:
            loss = self.loss(self.weights, inputs)
            loss.backward()
            total += loss.item()
        torch.nn.utils.clip_grad_norm_(self.weights.values(), case["maxGradNorm"], foreach=True)
        for optimizer in self.optimizers:
            optimizer.step()
        return total


class Forward:
    def __init__(self, loss, parts):
        self.loss, self.inputs = loss, inputs_of(parts)
        self.weights = {name: p.detach() for name, p in fresh_weights().items()}

    def __call__(self):
        with torch.no_grad():
            return sum(self.loss(self.weights, inputs).item() for inputs in self.inputs)


KINDS = {
    "forward": Forward,
    "adamw": lambda loss, parts: Training(loss, parts, muon=False),
    "muon": lambda loss, parts: Training(loss, parts, muon=True),
}


def timed(work):
    start = time.perf_counter()
    loss = work()
    return (time.perf_counter() - start) * 1e3, loss


def best_of(work, times=5):
    return min(timed(work)[0] for _ in range(times))


def ways():
    """Losses by name, with the parts that the batch is cut into."""
    for name, attend in ATTENTIONS.items():
        loss = loss_with(attend)
        for parts in (1, 4):
            where = name if parts == 1 else f"{name}, in quarters"
            yield where, loss, parts
            if TRY_COMPILE:
                yield f"{where}, compiled", torch.compile(loss, dynamic=False), parts


def choose(kind):
    """The fastest way for a kind of work; ways that fail here are told and left out."""
    times = {}
    for name, loss, parts in ways():
        try:
            work = KINDS[kind](loss, parts)
            work()
            work()
            times[name] = (best_of(work), loss, parts)
        except Exception as error:  # noqa: BLE001 - whatever the compiler says, the others still run
            print(f"{kind}: {name} failed: {str(error).splitlines()[0]}", file=sys.stderr)
    for name, (ms, _, _) in sorted(times.items(), key=lambda item: item[1][0]):
        print(f"  PyTorch {kind}: {name} {ms:.0f} ms", file=sys.stderr)
    name = min(times, key=lambda key: times[key][0])
    return (name, *times[name][1:])


def main():
    chosen = {"forward": choose("forward"), "adamw": choose("adamw")}
    # The optimiser changes nothing about which way is fastest to the gradients.
    chosen["muon"] = chosen["adamw"]
    work = {kind: KINDS[kind](loss, parts) for kind, (_, loss, parts) in chosen.items()}
    reply({"torch": torch.__version__, "ways": {kind: name for kind, (name, *_) in chosen.items()}})
    for line in sys.stdin:
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
