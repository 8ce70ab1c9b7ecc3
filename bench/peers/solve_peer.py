"""The peer of solve.bench.ts: the same weights and puzzles in PyTorch, as fast as we know how.

    python bench/peers/solve_peer.py FOLDER THREADS TRY_COMPILE

Reads case.json from FOLDER; for each kind of pass tries its ways of computing attention, eager and compiled, and keeps the
fastest. Then every line on stdin, the label of a sampler, is done once on every puzzle and answered by a line of
JSON: {"ms": [...], "answers": [[rows, columns, cells, passes], ...]}.
"""

import json
import os
import sys
import time
import warnings
from functools import partial
from pathlib import Path

FOLDER, THREADS, TRY_COMPILE = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "1"
os.environ["OMP_NUM_THREADS"] = str(THREADS)

import torch  # noqa: E402 - reads OMP_NUM_THREADS
from solve_model import ATTENTIONS, Positions, Stack, new_cache  # noqa: E402
from solve_samplers import SAMPLERS, Puzzle  # noqa: E402

warnings.filterwarnings("ignore")
torch.set_num_threads(THREADS)
# Passes of one token, of one row and with other inputs each compile the stack again.
torch._dynamo.config.recompile_limit = 64

case = json.loads((FOLDER / "case.json").read_text())
samplers = {
    label: partial(SAMPLERS[sampler["decoder"]], **sampler["options"]) for label, sampler in case["samplers"].items()
}
# Of one puzzle and kind of pass, on which the ways of computing it are timed.
SAMPLES = 4


def puzzle_of(ids, places, seen, grid, size):
    seen = torch.tensor(seen)
    causal = bool((seen == torch.arange(1, len(ids) + 1)).all())
    return Puzzle(torch.tensor(ids), torch.tensor(places), seen, causal, grid, size and tuple(size))


class Model:
    """What the samplers see: passes by their kind, and what they share."""

    def __init__(self, stack, longest):
        positions = Positions(case["model"], case["frequencies"], case["tableRows"])
        self.lay = positions.lay
        self.cache = new_cache(stack, longest)
        self.causal = torch.full((longest, longest), float("-inf")).triu(1)
        self.run = {kind: stack for kind in ("prompt", "answer", "whole", "token")}


def timed(work):
    start = time.perf_counter()
    found = work()
    return (time.perf_counter() - start) * 1e3, found


def ways():
    for name, attend in ATTENTIONS.items():
        stack = Stack(case["model"], attend).eval()
        yield f"{name}, eager", stack
        if TRY_COMPILE:
            yield f"{name}, compiled", torch.compile(stack, dynamic=True)


def recorded(model, puzzles):
    """A few calls of every kind of pass that the samplers make."""
    calls, plain = {}, model.run

    def recorder(kind):
        def run(*args, **how):
            found.setdefault(kind, []).append((args, how))
            return plain[kind](*args, **how)

        return run

    model.run = {kind: recorder(kind) for kind in plain}
    for sampler in samplers.values():
        for puzzle in puzzles:
            found = {}
            sampler(model, puzzle)
            for kind, made in found.items():
                calls.setdefault(kind, []).extend(made[-SAMPLES:])
    model.run = plain
    return calls


def choose(model, puzzles):
    """Sets the fastest way for each kind of pass; ways that fail here are told and left out."""
    calls, stacks, chosen = recorded(model, puzzles), dict(ways()), {}
    for kind, made in calls.items():
        times = {}
        for name, stack in stacks.items():

            def work(stack=stack):
                for args, how in made:
                    stack(*args, **how)

            try:
                work()
                work()
                times[name] = min(timed(work)[0] for _ in range(5)) / len(made)
            except Exception as error:  # noqa: BLE001 - whatever the compiler says, the others still run
                print(f"  PyTorch {kind}: {name} failed: {str(error).splitlines()[0]}", file=sys.stderr)
        chosen[kind] = min(times, key=times.get)
        model.run[kind] = stacks[chosen[kind]]
        told = ", ".join(f"{name} {ms:.1f}" for name, ms in sorted(times.items(), key=lambda item: item[1]))
        print(f"  PyTorch, ms of a {kind} pass: {told}", file=sys.stderr)
    return chosen


def solve(sampler, model, puzzle):
    ms, (rows, columns, cells, passes) = timed(lambda: sampler(model, puzzle))
    return ms, [rows, columns, cells, passes]


@torch.inference_mode()
def main():
    puzzles = [puzzle_of(**puzzle) for puzzle in case["puzzles"]]
    longest = max(len(puzzle.ids) for puzzle in puzzles) + 2 + 30 * 31
    model = Model(Stack(case["model"], next(iter(ATTENTIONS.values()))).eval(), longest)
    by_length = sorted(puzzles, key=lambda puzzle: len(puzzle.ids))
    chosen = choose(model, [by_length[len(puzzles) // 4], by_length[3 * len(puzzles) // 4]])
    reply({"torch": torch.__version__, "ways": chosen})
    for line in sys.stdin:
        done = [solve(samplers[line.strip()], model, puzzle) for puzzle in puzzles]
        ms, answers = zip(*done)
        reply({"ms": ms, "answers": answers})


def reply(message):
    print(json.dumps(message), flush=True)


if __name__ == "__main__":
    main()
