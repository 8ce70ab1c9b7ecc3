"""Adapters that peft wrote on the two small models, with their logits and gradients; and what peft and transformers
make of the folders that we wrote.

Each adapter is a folder of peft's save_pretrained, opened again by from_pretrained. Logits and gradients are computed
in float64 but for what transformers always computes in float32. ours/ is written by bench/reference/write_lora.ts:
an adapter, which peft opens, and a checkpoint that one of peft's was merged into, which transformers opens.
"""

import json
import subprocess
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file
from transformers import Qwen3ForCausalLM

ROOT = Path(__file__).parents[2]
VOCABULARY, TOKENS = 24, 10
PREFIX = "base_model.model."
LINEARS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]

# By name: the model, and the adapter's configuration.
ADAPTERS = {
    "plain": ("tied", dict(r=3, lora_alpha=5, target_modules=["q_proj", "v_proj", "down_proj"], lora_dropout=0.1)),
    "patterns": (
        "untied",
        dict(
            r=2,
            lora_alpha=3,
            use_rslora=True,
            target_modules=r"model\.layers\.(?P<layer>\d+)\.(self_attn\.[qko]|mlp\.(gate|up))_proj",
            # Not overlapping: peft sorts them when it saves, and the first that fits counts.
            rank_pattern={r"^model\.layers\.1\.self_attn\.q_proj": 4, "up_proj": 3, r"mlp\.g\w*_proj": 1},
            alpha_pattern={r"layers\.0\..*": 7, "k_proj": 2},
        ),
    ),
    "first-layer": (
        "untied",
        dict(r=2, lora_alpha=2, target_modules=LINEARS, exclude_modules=["up_proj"], layers_to_transform=[0]),
    ),
    "saved": ("untied", dict(r=2, lora_alpha=4, target_modules="all-linear", modules_to_save=["embed_tokens", "lm_head"])),
    "embedding": ("untied", dict(r=2, lora_alpha=4, target_modules=["o_proj", "embed_tokens", "lm_head"])),
    "tied-saved": (
        "tied",
        dict(r=2, target_modules=["k_proj"], modules_to_save=["embed_tokens", "norm"], ensure_weight_tying=True),
    ),
    "tied-embedding": (
        "tied",
        dict(r=2, target_modules=["gate_proj", "embed_tokens"], ensure_weight_tying=True),
    ),
    "apart-saved": ("tied", dict(r=2, target_modules=["up_proj"], modules_to_save=["embed_tokens"])),
    "apart-embedding": ("tied", dict(r=2, target_modules=["up_proj", "embed_tokens", "lm_head"])),
}
# The gradients of these are kept.
GRADIENTS = ["patterns", "saved", "embedding", "tied-saved", "tied-embedding"]
# What we wrote: adapters of these models, and models that adapters of peft's were merged into.
WRITTEN = {"written": "untied", "written-tied": "tied", "written-tied-saved": "tied"}
MERGED = ["merged", "merged-apart"]

generator = torch.Generator().manual_seed(5)
IDS = torch.randint(0, VOCABULARY, (2, TOKENS), generator=generator)
LABELS = torch.randint(0, VOCABULARY, (2, TOKENS), generator=generator)
WEIGHTS = torch.rand(2, TOKENS, generator=generator)


def base_model(folder):
    return Qwen3ForCausalLM.from_pretrained(folder, attn_implementation="eager")


def save_adapter(base, folder, settings):
    """An adapter as after some training: no factor is zero, and what is trained whole is not the base's."""
    model = get_peft_model(base_model(base), LoraConfig(task_type="CAUSAL_LM", **settings))
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.add_(torch.randn(parameter.shape, generator=generator) * 0.2)
    model.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    # Sets come in any order, and the base lies elsewhere each time.
    path = folder / "adapter_config.json"
    config = json.loads(path.read_text())
    for field, value in config.items():
        if isinstance(value, list):
            config[field] = sorted(value)
    config["base_model_name_or_path"] = base.name
    path.write_text(json.dumps(config, indent=2) + "\n")


def open_adapter(base, folder, trainable=False):
    model = PeftModel.from_pretrained(base_model(base), folder, is_trainable=trainable)
    return model.double().eval()


def loss_of(model):
    logs = model(IDS, use_cache=False).logits.log_softmax(-1).gather(-1, LABELS[..., None])[..., 0]
    return -(logs * WEIGHTS).sum() / WEIGHTS.sum()


def gradients(model):
    """By the names of the file. peft ties a head by copies of a tensor, each with a gradient: they are summed."""
    loss = loss_of(model)
    loss.backward()
    found = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            name = name.removeprefix(PREFIX).replace(".modules_to_save.default.", ".").replace(".default", "")
            found[name] = parameter.grad
    if model.peft_config["default"].ensure_weight_tying:
        for head, end, turn in [
            ("lm_head.weight", "model.embed_tokens.weight", False),
            ("lm_head.lora_A.weight", "model.embed_tokens.lora_embedding_B", True),
            ("lm_head.lora_B.weight", "model.embed_tokens.lora_embedding_A", True),
        ]:
            if head in found:
                part = found.pop(head)
                found[end] = found[end] + (part.T if turn else part)
    return loss.item(), found


def write_ours(folder):
    models = [f"{name}={kind}" for name, (kind, _) in ADAPTERS.items()]
    subprocess.run(["npx", "tsx", "bench/reference/write_lora.ts", folder.parent, *models], cwd=ROOT, check=True)


def write(folder):
    generator.manual_seed(6)
    torch.manual_seed(6)
    tensors, losses = {}, {}
    for name, (kind, settings) in ADAPTERS.items():
        base = folder.parent / kind
        save_adapter(base, folder / name, settings)
        with torch.no_grad():
            tensors[f"logits/{name}"] = open_adapter(base, folder / name)(IDS, use_cache=False).logits
        if name in GRADIENTS:
            losses[name], found = gradients(open_adapter(base, folder / name, trainable=True))
            tensors |= {f"gradient/{name}/{key}": value for key, value in found.items()}
    write_ours(folder)
    with torch.no_grad():
        for name, kind in WRITTEN.items():
            tensors[f"logits/{name}"] = open_adapter(folder.parent / kind, folder / name)(IDS, use_cache=False).logits
        for name in MERGED:
            tensors[f"logits/{name}"] = base_model(folder / name).double().eval()(IDS, use_cache=False).logits
    save_file({name: t.detach().float().contiguous() for name, t in tensors.items()}, folder / "expected.safetensors")
    facts = {
        "ids": IDS.tolist(),
        "labels": LABELS.tolist(),
        "weights": (WEIGHTS / WEIGHTS.sum()).tolist(),
        "losses": losses,
        "models": {name: kind for name, (kind, _) in ADAPTERS.items()} | WRITTEN,
    }
    (folder / "expected.json").write_text(json.dumps(facts) + "\n")
