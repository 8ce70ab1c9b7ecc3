"""Holds the tokenizer folders that Jigsaw writes against transformers and tokenizers.

    npx tsx bench/reference/write_tokenizers.ts /tmp/tokenizers
    python bench/reference/tokenizer_check.py /tmp/tokenizers

Each folder holds a tokenizer's files and expected.json: pairs of a text and its ids, and the special tokens' ids.
"""

import json
import sys
from pathlib import Path

from tokenizers import Tokenizer
from transformers import AutoTokenizer

root = Path(sys.argv[1])
folders = sorted(path.parent for path in root.glob("*/expected.json"))
assert folders, f"no tokenizers in {root}"
for folder in folders:
    expected = json.loads((folder / "expected.json").read_text())
    auto = AutoTokenizer.from_pretrained(folder)
    raw = Tokenizer.from_file(str(folder / "tokenizer.json"))
    for text, ids in expected["texts"]:
        found = auto(text, add_special_tokens=False)["input_ids"]
        assert found == ids, f"{folder}: {text!r} is {found} for AutoTokenizer, expected {ids}"
        assert auto(text)["input_ids"] == ids, f"{folder}: {text!r}: tokens are added around"
        assert raw.encode(text, add_special_tokens=False).ids == ids, f"{folder}: {text!r} for tokenizers"
        back = auto.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False)
        assert back == text, f"{folder}: {ids} decode to {back!r}, expected {text!r}"
    for role, id in expected["special"].items():
        found = getattr(auto, f"{role}_id")
        assert found == id, f"{folder}: {role} is {found}, expected {id}"
    print(f"{folder.name}: {type(auto).__name__}, {len(auto)} tokens, {len(expected['texts'])} texts agree")
