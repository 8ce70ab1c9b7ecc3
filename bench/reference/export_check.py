"""Opens a folder that `jigsaw export` wrote with transformers, and compares its logits with `jigsaw logits`.

    jigsaw logits --model EXPORTED --ids 15,16,198 --pattern causal --out logits.safetensors
    python bench/reference/export_check.py EXPORTED logits.safetensors

With --pruned, the logits of the model before `--unprune` (of our own 64 ids) are held against the same columns.
"""

import argparse
import json
import os

import torch
from safetensors import safe_open
from transformers import AutoModelForCausalLM, AutoTokenizer

TOLERANCE = 1e-4


def read(path):
    with safe_open(path, "pt") as file:
        assert file.metadata()["pattern"] == "causal", "transformers runs a qwen3 as a typewriter: --pattern causal"
        return json.loads(file.metadata()["ids"]), file.get_tensor("logits").double()


def distance(found, wanted):
    return ((found - wanted).abs().max() / wanted.abs().max()).item()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder")
    parser.add_argument("logits")
    parser.add_argument("--pruned")
    options = parser.parse_args()

    model, loading = AutoModelForCausalLM.from_pretrained(
        options.folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True
    )
    odd = {key: names for key, names in loading.items() if names}
    assert not odd, f"loaded with {odd}"

    def logits_of(ids):
        with torch.no_grad():
            return model(torch.tensor([ids])).logits[0].double()

    ids, jigsaw = read(options.logits)
    gaps = {"logits": distance(logits_of(ids), jigsaw)}
    with open(os.path.join(options.folder, "vocabulary.json")) if options.pruned else open(os.devnull) as file:
        tokens = json.load(file)["tokens"] if options.pruned else []
    if options.pruned:
        own, pruned = read(options.pruned)
        table = [token["id"] for token in tokens]
        gaps["logits before unpruning"] = distance(logits_of([table[i] for i in own])[:, table], pruned)
    for what, gap in gaps.items():
        print(f"{what}: largest difference {gap:.1e} of the largest value")
        assert gap < TOLERANCE
    if os.path.exists(os.path.join(options.folder, "tokenizer.json")):
        tokenizer = AutoTokenizer.from_pretrained(options.folder)
        wrong = [t for t in tokens if tokenizer.encode(t["text"], add_special_tokens=False) != [t["id"]]]
        assert not wrong, f"the tokenizer does not know {wrong}"
        print(f"tokenizer: {len(tokenizer)} tokens, all {len(tokens)} of the puzzles at their ids")


main()
