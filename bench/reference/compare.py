"""Two folders of fixtures, held against one another file by file."""

import json

from safetensors.torch import load_file

# Another PyTorch or another processor rounds otherwise.
TOLERANCE = 1e-5


def distance_of_tensors(made, kept):
    """The largest difference, relative to the largest value of its tensor; infinite where names or shapes differ."""
    if {n: (t.shape, t.dtype) for n, t in made.items()} != {n: (t.shape, t.dtype) for n, t in kept.items()}:
        return float("inf")
    gaps = [
        ((t.double() - kept[n].double()).abs().max() / kept[n].double().abs().max().clamp(min=1e-30)).item()
        for n, t in made.items()
    ]
    return max(gaps, default=0.0)


def distance_of_json(made, kept):
    if isinstance(made, dict) and isinstance(kept, dict) and made.keys() == kept.keys():
        return max((distance_of_json(made[key], kept[key]) for key in made), default=0.0)
    if isinstance(made, list) and isinstance(kept, list) and len(made) == len(kept):
        return max((distance_of_json(*pair) for pair in zip(made, kept)), default=0.0)
    if isinstance(made, float) and isinstance(kept, float):
        return abs(made - kept) / max(abs(kept), 1e-30)
    return 0.0 if made == kept else float("inf")


def distance(made, kept):
    if not kept.exists():
        return float("inf")
    if made.suffix == ".safetensors":
        return distance_of_tensors(load_file(made), load_file(kept))
    if made.suffix == ".json":
        return distance_of_json(json.loads(made.read_text()), json.loads(kept.read_text()))
    return 0.0 if made.read_bytes() == kept.read_bytes() else float("inf")


def files_of(folder):
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}


def compare(made, kept):
    """Prints how far every file of `kept` is from the same one of `made`; says whether all are near."""
    near = True
    for name in sorted(files_of(made) | files_of(kept)):
        if not (made / name).exists():
            gap, note = float("inf"), "  is not made by the script"
        else:
            gap = distance(made / name, kept / name)
            note = "" if gap <= TOLERANCE else "  DIFFERS"
        near = near and gap <= TOLERANCE
        print(f"{gap:9.1e}  {name}{note}")
    return near
