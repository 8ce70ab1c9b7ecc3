"""Six checkpoints that differ in every switch of a Qwen3, and their logits under every kind of attention.

Each is written by save_pretrained (and respelt as transformers 4 spelt it, or given a stored head), then opened again
by from_pretrained, so that the logits are those of the files as they lie: of weights rounded to the file's dtype,
computed in float64 but for what transformers always computes in float32.
"""

import json

import torch
from safetensors.torch import load_file, save_file
from transformers import Qwen3Config, Qwen3ForCausalLM

import masks

VOCABULARY, TOKENS, PROMPT, BLOCK = 24, 16, 10, 4
OWNERS = [0, 1, 1, 1, 2, 2, 2, 2, 3, 3]

CHECKPOINTS = {
    "tied-bfloat16": dict(tied=True, heads=4, kv=2, head_dim=16, theta=1e6, eps=1e-6, dtype=torch.bfloat16),
    "sharded-one-kv": dict(
        tied=False, heads=4, kv=1, head_dim=12, theta=5e6, eps=1e-5, dtype=torch.float32, shard="9KB"
    ),
    "spelt-as-4-all-kv": dict(
        tied=True, heads=2, kv=2, head_dim=16, theta=1e6, eps=1e-6, dtype=torch.float16, spelling=4
    ),
    "sharded-spelt-as-4": dict(
        tied=False, heads=4, kv=2, head_dim=8, theta=5e6, eps=1e-2, dtype=torch.bfloat16, shard="4KB", spelling=4
    ),
    "stored-head": dict(
        tied=True, heads=6, kv=3, head_dim=10, theta=1e6, eps=1e-6, dtype=torch.float32, spelling=4, stored_head=True
    ),
    "sharded-float16": dict(
        tied=False, heads=4, kv=4, head_dim=4, theta=1e6, eps=1e-6, dtype=torch.float16, shard="3KB", layers=3
    ),
}


def make_model(generator, tied, heads, kv, head_dim, theta, eps, dtype, layers=2, **_):
    model = Qwen3ForCausalLM(
        Qwen3Config(
            hidden_size=16,
            num_hidden_layers=layers,
            num_attention_heads=heads,
            num_key_value_heads=kv,
            head_dim=head_dim,
            intermediate_size=20,
            vocab_size=VOCABULARY,
            max_position_embeddings=64,
            tie_word_embeddings=tied,
            rms_norm_eps=eps,
            rope_parameters={"rope_type": "default", "rope_theta": theta},
        )
    )
    # Larger than a fresh model's, norms too, so that nothing is nearly linear and no weight is without effect.
    for weight in model.parameters():
        weight.data = torch.randn(*weight.shape, generator=generator) * 0.4 + (weight.ndim == 1)
    return model.to(dtype)


def spell_as_4(folder):
    """config.json as transformers 4.51 wrote it."""
    path = folder / "config.json"
    config = json.loads(path.read_text())
    config["torch_dtype"] = config.pop("dtype")
    config["rope_theta"] = config.pop("rope_parameters")["rope_theta"]
    config["rope_scaling"] = None
    config["transformers_version"] = "4.51.0"
    del config["layer_types"], config["pad_token_id"]
    path.write_text(json.dumps(dict(sorted(config.items())), indent=2) + "\n")


def store_head(folder):
    """The embedding a second time, as the head that it is tied to."""
    path = folder / "model.safetensors"
    tensors = load_file(path)
    tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"].clone()
    save_file(tensors, path, metadata={"format": "pt"})


def save(folder, generator, shard=None, spelling=5, stored_head=False, **switches):
    model = make_model(generator, **switches)
    model.save_pretrained(folder, **({"max_shard_size": shard} if shard else {}))
    if spelling == 4:
        spell_as_4(folder)
    if stored_head:
        store_head(folder)


def patterns():
    """By name: mask, positions, and which of the rows are shown."""
    padded = [1] * PROMPT + [0] * (TOKENS - PROMPT)
    everything = torch.ones(TOKENS, dtype=torch.bool)
    return {
        "full": (*masks.full(TOKENS), everything),
        "prefix": (*masks.prefix(TOKENS, PROMPT), everything),
        "blocks": (*masks.blocks(TOKENS, PROMPT, BLOCK), everything),
        "fragments": (*masks.fragments(OWNERS, TOKENS - PROMPT), everything),
        "a2d": (*masks.a2d(padded), torch.tensor(padded, dtype=torch.bool)),
        "bd3lm": masks.bd3lm(PROMPT, TOKENS - PROMPT, BLOCK),
        "sdar": (*masks.sdar(TOKENS, BLOCK), everything),
    }


def logits(model, ids, mask, positions, shown):
    """The logits of the tokens shown. Ids stand where the pattern has no padding."""
    fed = torch.zeros(len(mask), dtype=torch.long)
    if len(mask) > len(ids):
        fed[shown] = ids
    else:
        fed[:] = ids
    bias = torch.zeros(mask.shape, dtype=torch.float64).masked_fill(~mask, -1e9)[None, None]
    out = model(fed[None], attention_mask=bias, position_ids=positions[None], use_cache=False)
    return out.logits[0][shown]


@torch.no_grad()
def write(folder):
    generator = torch.Generator().manual_seed(3)
    ids = torch.randint(0, VOCABULARY, (TOKENS,), generator=generator)
    tensors = {}
    for name, switches in CHECKPOINTS.items():
        save(folder / name, generator, **switches)
        model = Qwen3ForCausalLM.from_pretrained(folder / name, dtype=torch.float64, attn_implementation="eager").eval()
        found = {"causal": model(ids[None], use_cache=False).logits[0]}
        found |= {pattern: logits(model, ids, *how) for pattern, how in patterns().items()}
        tensors |= {f"{name}/{pattern}": values.float().contiguous() for pattern, values in found.items()}
    save_file(tensors, folder / "expected.safetensors")
    facts = {"ids": ids.tolist(), "prompt": PROMPT, "block": BLOCK, "fragments": OWNERS}
    (folder / "expected.json").write_text(json.dumps(facts) + "\n")
