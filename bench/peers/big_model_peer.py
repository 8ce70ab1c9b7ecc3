"""The peer of big-model.bench.ts: the same checkpoint in transformers (and peft), as its users would tune it.

    python bench/peers/big_model_peer.py FOLDER KIND THREADS TRY_COMPILE

A line on stdin is one repeat of KIND, answered by a line of JSON: {"ms", "peak"}; "save" as the line also writes what
was found to FOLDER/theirs.bin, float32.
"""

import json
import os
import sys
import time
import warnings
from pathlib import Path

FOLDER, KIND, THREADS, TRY_COMPILE = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4] == "1"
os.environ["OMP_NUM_THREADS"] = str(THREADS)
os.environ["HF_HUB_OFFLINE"] = "1"

import torch  # noqa: E402 - reads OMP_NUM_THREADS
from transformers import AutoModelForCausalLM, DynamicCache, StaticCache  # noqa: E402
from transformers.utils import logging  # noqa: E402

warnings.filterwarnings("ignore", category=FutureWarning)
logging.set_verbosity_error()
logging.disable_progress_bar()
torch.set_num_threads(THREADS)

FORWARD, PROMPT, ANSWER = 1024, 900, 110
LORA_TOKENS, LORA_RANK, LORA_ALPHA = 512, 32, 32
LINEARS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
NOTHING = torch.zeros(0)

model = AutoModelForCausalLM.from_pretrained(FOLDER, dtype=torch.float32, attn_implementation="sdpa").eval()
VOCABULARY = model.config.vocab_size


def ids(start, count):
    return torch.tensor([[((start + i) * 7919 + 13) % VOCABULARY for i in range(count)]])


def forward_way(run):
    tokens = ids(0, FORWARD)

    def work():
        with torch.inference_mode():
            return run(input_ids=tokens, use_cache=False, logits_to_keep=1).logits[0]

    return work


def read_prompt(cache, length=PROMPT):
    with torch.inference_mode():
        model(input_ids=ids(0, length), past_key_values=cache, use_cache=True, logits_to_keep=1)
    return cache


def cut_back(cache, length=PROMPT):
    extra = cache.get_seq_length() - length
    if extra > 0:
        cache.crop(-extra)


def answer_way(run):
    cache, tokens = read_prompt(DynamicCache(config=model.config)), ids(PROMPT, ANSWER)
    positions = torch.arange(PROMPT, PROMPT + ANSWER)[None]
    # Every answer token sees the prompt and the whole answer.
    mask = torch.zeros(1, 1, ANSWER, PROMPT + ANSWER)

    def work():
        cut_back(cache)
        with torch.inference_mode():
            return run(
                input_ids=tokens, position_ids=positions, attention_mask=mask, past_key_values=cache, use_cache=True
            ).logits[0]

    return work


def prefill_way(run):
    tokens = ids(0, PROMPT)

    def work():
        with torch.inference_mode():
            cache = DynamicCache(config=model.config)
            run(input_ids=tokens, past_key_values=cache, use_cache=True, logits_to_keep=1)
            return NOTHING

    return work


def greedy_way(static):
    tokens = ids(0, PROMPT)
    if static:
        cache = read_prompt(StaticCache(config=model.config, max_cache_len=PROMPT + ANSWER), PROMPT - 1)
        kept = [(layer.keys.clone(), layer.values.clone()) for layer in cache.layers]
    else:
        cache = read_prompt(DynamicCache(config=model.config), PROMPT - 1)

    @torch.inference_mode()
    def reset():
        if not static:
            cut_back(cache, PROMPT - 1)
            return
        for layer, (keys, values) in zip(cache.layers, kept):
            layer.keys.copy_(keys)
            layer.values.copy_(values)
            if hasattr(layer, "cumulative_length"):
                length = layer.cumulative_length
                layer.cumulative_length = length.fill_(PROMPT - 1) if torch.is_tensor(length) else PROMPT - 1

    def work(count=ANSWER):
        with torch.inference_mode():
            out = model.generate(
                tokens,
                attention_mask=torch.ones_like(tokens),
                past_key_values=cache,
                do_sample=False,
                max_new_tokens=count,
                min_new_tokens=count,
                eos_token_id=None,
                pad_token_id=0,
            )
            return out[0, PROMPT:].float()

    work.reset = reset
    return work


def lora_way(checkpointing):
    from peft import LoraConfig, get_peft_model

    global lora
    if "lora" not in globals():
        settings = LoraConfig(r=LORA_RANK, lora_alpha=LORA_ALPHA, target_modules=LINEARS, task_type="CAUSAL_LM")
        lora = get_peft_model(model, settings).train()
        lora.enable_input_require_grads()
    trained = [p for p in lora.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-4, fused=True)
    tokens = ids(0, LORA_TOKENS)

    def work():
        if checkpointing:
            lora.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
        else:
            lora.gradient_checkpointing_disable()
        loss = lora(input_ids=tokens, labels=tokens, use_cache=False).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return loss.detach()[None]

    return work


def ways():
    """The ways to do the work, by name."""
    if KIND == "greedy":
        return {"DynamicCache": lambda: greedy_way(False), "StaticCache": lambda: greedy_way(True)}
    if KIND in ("lora", "lora-checkpointing"):
        return {KIND: lambda: lora_way(KIND != "lora")}
    make = {"forward": forward_way, "answer": answer_way, "prefill": prefill_way}[KIND]
    found = {"eager": lambda: make(model)}
    if TRY_COMPILE:
        found["compiled"] = lambda: make(torch.compile(model, dynamic=False))
    return found


def timed(work, *arguments):
    if hasattr(work, "reset"):
        work.reset()
    start = time.perf_counter()
    found = work(*arguments)
    return (time.perf_counter() - start) * 1e3, found


def choose():
    """The fastest way; ways that fail here are told and left out."""
    times = {}
    for name, make in ways().items():
        try:
            work = make()
            if len(ways()) > 1:
                few = (16,) if KIND == "greedy" else ()
                timed(work, *few)
                times[name] = (min(timed(work, *few)[0] for _ in range(2)), work)
            else:
                times[name] = (0, work)
        except Exception as error:  # noqa: BLE001 - the other ways still run
            print(f"  PyTorch {KIND}: {name} failed: {str(error).splitlines()[0]}", file=sys.stderr)
    for name, (ms, _) in times.items():
        if len(times) > 1:
            print(f"  PyTorch {KIND}: {name} {ms:.0f} ms", file=sys.stderr)
    name = min(times, key=lambda key: times[key][0])
    return name, times[name][1]


def peak():
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def reply(message):
    print(json.dumps(message), flush=True)


def main():
    name, work = choose()
    reply({"way": f"PyTorch {torch.__version__}, {name}"})
    for line in sys.stdin:
        ms, found = timed(work)
        if line.strip() == "save":
            found.float().contiguous().numpy().tofile(FOLDER / "theirs.bin")
        reply({"ms": ms, "peak": peak()})


if __name__ == "__main__":
    main()
