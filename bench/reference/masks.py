"""Who sees whom, from the descriptions of each kind of attention and from nothing of Jigsaw's.

Each function gives a matrix, True where the query (row) sees the key (column), and the tokens' positions.
"""

import torch


def full(tokens):
    return torch.ones(tokens, tokens, dtype=torch.bool), torch.arange(tokens)


def prefix(tokens, prompt):
    """The prompt sees all of the prompt, the answer sees everything."""
    mask, positions = full(tokens)
    mask[:prompt, prompt:] = False
    return mask, positions


def blocks(tokens, prompt, block):
    """A causal prompt; the answer sees the prompt, the blocks before its own, and its own."""
    mask = torch.ones(tokens, tokens, dtype=torch.bool).tril()
    for start in range(prompt, tokens, block):
        mask[start : start + block, start : start + block] = True
    return mask, torch.arange(tokens)


def fragments(owners, answer):
    """Demonstrations (owner 1, 2, ...) see themselves and what is shared (owner 0); the test (the last owner) sees all
    of the prompt; the answer sees everything. Demonstrations all start where the shared tokens end, the test where the
    longest demonstration ends."""
    prompt, test = len(owners), max(owners)
    mask = torch.zeros(prompt + answer, prompt + answer, dtype=torch.bool)
    for i, query in enumerate(owners):
        for j, key in enumerate(owners):
            mask[i, j] = key in (0, query) or query == test
    mask[prompt:] = True
    shared = owners.count(0)
    longest = max(owners.count(owner) for owner in range(1, test))
    starts = {owner: shared for owner in range(1, test)} | {0: 0, test: shared + longest}
    positions = []
    for owner in owners:
        positions.append(starts[owner])
        starts[owner] += 1
    positions += range(positions[-1] + 1, positions[-1] + 1 + answer)
    return mask, torch.tensor(positions)


def a2d(attention_mask):
    """dllm's A2D models: transformers' padding mask for every query, positions counted through the padding."""
    tokens = len(attention_mask)
    return torch.tensor(attention_mask, dtype=torch.bool)[None, :].expand(tokens, tokens), torch.arange(tokens)


def bd3lm(prompt, answer, block):
    """dllm's BD3-LM sampler: the prompt is padded on the left to whole blocks, and a token sees its own block and all
    before it; padding is not seen and has no position. Gives the columns that are no padding, too."""
    padding = -prompt % block
    tokens = padding + prompt + answer
    real = torch.arange(tokens) >= padding
    number = torch.arange(tokens) // block
    mask = (number[None, :] <= number[:, None]) & real[None, :] & real[:, None]
    return mask, (real.cumsum(0) - 1).clamp(min=0), real


def sdar(tokens, block):
    """SDAR's generate: a lower triangle of blocks over the whole sequence, prompt and answer alike."""
    count = -(-tokens // block)
    mask = torch.tril(torch.ones(count, count)).repeat_interleave(block, dim=0).repeat_interleave(block, dim=1)
    return mask[:tokens, :tokens].bool(), torch.arange(tokens)
