"""Writes what PyTorch and transformers say about small Qwen3 models, for the tests to compare with.

    pip install -r bench/reference/requirements.txt
    python bench/reference/make_fixtures.py            # writes src/qwen3/fixtures anew
    python bench/reference/make_fixtures.py --check    # re-makes them elsewhere, compares, and runs the tests on them
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import checkpoint_fixtures
import lora_fixtures
import training_fixtures
from compare import compare

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "src/qwen3/fixtures"
# Each writes its own folder under the fixtures'.
WRITERS = {"": training_fixtures.write, "checkpoints": checkpoint_fixtures.write, "lora": lora_fixtures.write}
TESTS = [
    "src/qwen3/stack.test.ts",
    "src/qwen3/checkpoints.test.ts",
    "src/qwen3/damaged.test.ts",
    "src/qwen3/peft-fixtures.test.ts",
    "src/cli/logits.test.ts",
    "src/train/trainer.test.ts",
]


def write(folder):
    for name, writer in WRITERS.items():
        if name:
            shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir(parents=True, exist_ok=True)
        writer(folder / name)


def check():
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder))
        near = compare(Path(folder), FIXTURES)
        print("as checked in" if near else "not as checked in", flush=True)
        tests = subprocess.run(
            ["npx", "vitest", "run", *TESTS], cwd=ROOT, env={**os.environ, "JIGSAW_FIXTURES": f"{folder}/"}
        )
    return 0 if near and tests.returncode == 0 else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing: re-make elsewhere, compare and test")
    if parser.parse_args().check:
        sys.exit(check())
    write(FIXTURES)


if __name__ == "__main__":
    main()
