"""The model of solve_peer.py: one sequence through the Qwen3 stack in plain PyTorch, at the weights of a checkpoint.

Written for speed: queries, keys and values in one product, gate and up too; keys and values go into preallocated
caches; what hangs on places alone is computed once an answer, not once a pass.
"""

import json
from pathlib import Path
from typing import NamedTuple

import torch
import torch.nn.functional as F
from safetensors.torch import load_file


def expanded(q, k, v, bias, causal):
    """PyTorch's fused attention; heads that share keys read the same memory."""
    tokens, heads, width = q.shape
    shared = k.shape[0]
    q = q.view(tokens, shared, heads // shared, width).permute(1, 2, 0, 3)
    k, v = (t[:, None].expand(-1, heads // shared, -1, -1) for t in (k, v))
    out = F.scaled_dot_product_attention(q, k, v, attn_mask=bias, is_causal=causal)
    return out.permute(2, 0, 1, 3).reshape(tokens, heads * width)


def folded(q, k, v, bias, causal):
    """Heads that share keys as rows of one product, as Jigsaw does it."""
    tokens, heads, width = q.shape
    shared = k.shape[0]
    q = q.view(tokens, shared, heads // shared, width).permute(1, 2, 0, 3) * width**-0.5
    scores = q.reshape(shared, -1, width) @ k.transpose(-1, -2)
    if causal:
        bias = q.new_full((tokens, tokens), float("-inf")).triu(1)
    if bias is not None:
        scores = (scores.view(-1, tokens, k.shape[1]) + bias).view(shared, -1, k.shape[1])
    out = (scores.softmax(-1) @ v).view(shared, -1, tokens, width)
    return out.permute(2, 0, 1, 3).reshape(tokens, heads * width)


ATTENTIONS = {f.__name__: f for f in (expanded, folded)}


class Laid(NamedTuple):
    """Tokens' places as the stack needs them: [tokens, hidden] to add to embeddings, and the rotation [tokens, 1, width]."""

    placed: torch.Tensor
    cos: torch.Tensor
    sin: torch.Tensor

    def then(self, other):
        return Laid(*(torch.cat(pair) for pair in zip(self, other)))

    def cut(self, start, end):
        return Laid(*(t[start:end] for t in self))


class Layer(torch.nn.Module):
    def __init__(self, weights, heads, shared):
        super().__init__()

        def of(part):
            return weights[f"{part}.weight"]

        def keep(name, tensor):
            self.register_buffer(name, tensor.contiguous())

        keep("attention_norm", of("input_layernorm"))
        keep("qkv", torch.cat([of(f"self_attn.{part}_proj") for part in "qkv"]))
        norms = [of("self_attn.q_norm").expand(heads, -1), of("self_attn.k_norm").expand(shared, -1)]
        keep("qk_norm", torch.cat(norms))
        keep("out", of("self_attn.o_proj"))
        keep("mlp_norm", of("post_attention_layernorm"))
        keep("gate_up", torch.cat([of("mlp.gate_proj"), of("mlp.up_proj")]))
        keep("down", of("mlp.down_proj"))


class Stack(torch.nn.Module):
    def __init__(self, folder, attend):
        super().__init__()
        config = json.loads((Path(folder) / "config.json").read_text())
        weights = load_file(Path(folder) / "model.safetensors")
        self.heads, self.shared = config["num_attention_heads"], config["num_key_value_heads"]
        self.width, self.eps, self.attend = config["head_dim"], config["rms_norm_eps"], attend
        self.register_buffer("embedding", weights["model.embed_tokens.weight"])
        self.register_buffer("final_norm", weights["model.norm.weight"])
        self.layers = torch.nn.ModuleList()
        for i in range(config["num_hidden_layers"]):
            prefix = f"model.layers.{i}."
            own = {name[len(prefix) :]: t for name, t in weights.items() if name.startswith(prefix)}
            self.layers.append(Layer(own, self.heads, self.shared))

    def forward(self, ids, placed, cos, sin, rows, bias=None, causal=False, cache=None, start=0):
        """
        Logits of `rows` of the tokens. With a cache the tokens stand after its first `start`, which they see, and are
        written to it. `bias` is added to the scores, [tokens, keys]; `causal` is for a start of 0 only.
        """
        tokens, end = ids.shape[0], start + ids.shape[0]
        x = F.embedding(ids, self.embedding) + placed
        for i, layer in enumerate(self.layers):
            y = F.rms_norm(x, x.shape[-1:], layer.attention_norm, self.eps)
            qkv = F.linear(y, layer.qkv).view(tokens, self.heads + 2 * self.shared, self.width)
            qk, v = qkv.split((self.heads + self.shared, self.shared), dim=1)
            qk = F.rms_norm(qk, qk.shape[-1:], None, self.eps) * layer.qk_norm
            first, second = qk.chunk(2, dim=-1)
            qk = qk * cos + torch.cat([second, first], dim=-1) * sin
            q, k = qk.split((self.heads, self.shared), dim=1)
            k, v = k.transpose(0, 1), v.transpose(0, 1)
            if cache is not None:
                keys, values = cache[i]
                keys[:, start:end] = k
                values[:, start:end] = v
                k, v = keys[:, :end], values[:, :end]
            x = torch.addmm(x, self.attend(q, k, v, bias, causal), layer.out.t())
            y = F.rms_norm(x, x.shape[-1:], layer.mlp_norm, self.eps)
            gate, up = F.linear(y, layer.gate_up).chunk(2, dim=-1)
            x = torch.addmm(x, F.silu(gate) * up, layer.down.t())
        x = F.rms_norm(x[rows], x.shape[-1:], self.final_norm, self.eps)
        return F.linear(x, self.embedding)


class Positions:
    """Learned and rotary positions over (grid, row, column), as the shipped models have them."""

    def __init__(self, folder, frequencies, table_rows):
        self.table = load_file(Path(folder) / "model.safetensors")["model.embed_positions.weight"]
        self.frequencies = torch.tensor(frequencies, dtype=torch.float64).T
        self.offsets = torch.arange(5) * table_rows

    def lay(self, places):
        """Places are [tokens, 5]: grid, row and column from 1, and row and column from the far edge."""
        grid, row, column, below, right = places.unbind(1)
        role = torch.where(grid == 0, 0, 2 - grid % 2)
        tables = torch.stack([row, below, column, right, role], dim=1) + self.offsets
        angles = places[:, None, :3].double() @ self.frequencies
        cos, sin = angles.cos().float(), angles.sin().float()
        return Laid(
            F.embedding_bag(tables, self.table, mode="sum"),
            torch.cat([cos, cos], dim=-1),
            torch.cat([-sin, sin], dim=-1),
        )


def new_cache(stack, capacity):
    """Keys and values of each layer, [heads that share them, capacity, width]."""
    shape = (stack.shared, capacity, stack.width)
    return [(torch.zeros(shape), torch.zeros(shape)) for _ in stack.layers]
