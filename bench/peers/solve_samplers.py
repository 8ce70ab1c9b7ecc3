"""The samplers of solve_peer.py, as the peers publish them.

Fixed steps: LLaDA's low-confidence remasking (Nie et al. 2025, generate.py), which Dream and MaskGIT (Chang et al. 2022)
have too: each round the most confident masked cells, N / steps of them. Adaptive: Fast-dLLM's threshold (Wu et al. 2025):
all masked cells that are surer than it, one at least. Changed for puzzles: the size is decided before the canvas, and a
cell is a colour. Without a cache prompt and canvas are computed in every pass, as LLaDA, Dream and MaskGIT do; with one the
prompt is computed once, which is exact here, since it never looks at the answer.
"""

from functools import partial
from typing import NamedTuple, Optional

import torch

# As in src/sequence/tokens.ts.
ROW_END, MASK, SIZE_BASE, COLOURS, SIDES = 10, 16, 16, 10, 30


class Puzzle(NamedTuple):
    ids: torch.Tensor
    """[tokens, 5], see Positions.lay."""
    places: torch.Tensor
    """The index after the last prompt token that each prompt token sees."""
    seen: torch.Tensor
    """Whether a prompt token sees those up to itself, and no more."""
    causal: bool
    """The number of the grid that is asked for."""
    grid: int
    """Rows and columns, where a rule tells them; else the model does."""
    size: Optional[tuple]


def canvas_places(rows, columns, grid):
    """Of two sizes, then rows of cells, each closed by its row end: [tokens, 5]."""
    places = torch.zeros(2 + rows * (columns + 1), 5, dtype=torch.long)
    places[:, 0] = grid
    places[:2, 2] = torch.tensor([1, 2])
    row, column = torch.arange(1, rows + 1), torch.arange(1, columns + 2)
    cells = places[2:].view(rows, columns + 1, 5)
    cells[:, :, 1], cells[:, :, 2] = row[:, None], column
    cells[:, :, 3], cells[:, :, 4] = rows + 1 - row[:, None], columns + 1 - column
    return places


def canvas_ids(rows, columns):
    """All cells masked; and the indices of the cells."""
    ids = torch.full((2 + rows * (columns + 1),), MASK)
    ids[0], ids[1] = SIZE_BASE + rows, SIZE_BASE + columns
    body = torch.arange(2, ids.shape[0]).view(rows, columns + 1)
    ids[body[:, -1]] = ROW_END
    return ids, body[:, :-1].reshape(-1)


def side_of(logits):
    return 1 + int(logits[-1, SIZE_BASE + 1 : SIZE_BASE + 1 + SIDES].argmax())


class Prompt:
    """A prompt before the model. Rows of logits are counted from the answer's first token; -1 is the prompt's last."""

    def __init__(self, model, puzzle, cached):
        self.model, self.puzzle, self.cached, self.passes = model, puzzle, cached, 0
        self.length = puzzle.ids.shape[0]
        self.laid = model.lay(puzzle.places)
        self.opening = self.read_prompt() if cached else None

    def run(self, kind, ids, laid, rows, **how):
        self.passes += 1
        return self.model.run[kind](ids, *laid, rows, **how)

    def bias(self, answer):
        """Of the prompt and so many answer tokens, which see all."""
        total = self.length + answer
        bias = torch.zeros(total, total)
        hidden = torch.arange(total) >= self.puzzle.seen[:, None]
        bias[: self.length].masked_fill_(hidden, float("-inf"))
        return bias

    def read_prompt(self):
        """The logits after the prompt's last token; with a cache, its keys and values go there."""
        causal = self.puzzle.causal
        how = {"causal": True} if causal else {"bias": self.bias(0)}
        if self.cached:
            how["cache"] = self.model.cache
        return self.run("prompt", self.puzzle.ids, self.laid, torch.tensor([self.length - 1]), **how)

    def answer(self, places):
        """A function that gives logits of rows of an answer that stands at these places."""
        laid = self.model.lay(places)
        if self.cached:
            return lambda ids, rows: self.run(
                "answer", ids, laid, rows, cache=self.model.cache, start=self.length
            )
        laid, bias = self.laid.then(laid), self.bias(places.shape[0])
        whole = torch.cat([self.puzzle.ids, torch.zeros(places.shape[0], dtype=torch.long)])

        def look(ids, rows):
            whole[self.length :] = ids
            return self.run("whole", whole, laid, rows + self.length, bias=bias)

        return look

    def size(self):
        if self.puzzle.size:
            return self.puzzle.size
        rows = side_of(self.opening if self.cached else self.read_prompt())
        look = self.answer(canvas_places(1, 1, self.puzzle.grid)[:1])
        return rows, side_of(look(torch.tensor([SIZE_BASE + rows]), torch.tensor([0])))


def fixed(steps, cells):
    """Takes the surest cells of each round, as many as LLaDA's get_num_transfer_tokens shares out to it."""
    steps = min(steps, cells)
    base, more = divmod(cells, steps)
    shares = iter([base + 1] * more + [base] * (steps - more))
    return lambda confidence: confidence.topk(next(shares)).indices


def sure(threshold, _cells):
    """Takes the cells of each round that are surer than a threshold, or the surest one."""

    def take(confidence):
        taken = (confidence > threshold).nonzero()[:, 0]
        return taken if len(taken) else confidence.argmax()[None]

    return take


def diffuse(model, puzzle, cache, rule):
    """Fills a canvas: rows, columns, cells and passes."""
    prompt = Prompt(model, puzzle, cache == "prompt")
    rows, columns = prompt.size()
    look = prompt.answer(canvas_places(rows, columns, puzzle.grid))
    ids, cells = canvas_ids(rows, columns)
    take = rule(len(cells))
    asked = cells - 1  # the logit shift: a token's logits are of the next one
    is_open = torch.ones(len(cells), dtype=torch.bool)
    while is_open.any():
        surest, colours = look(ids, asked)[:, :COLOURS].double().softmax(-1).max(-1)
        taken = take(torch.where(is_open, surest, -1.0))
        ids[cells[taken]] = colours[taken]
        is_open[taken] = False
    return rows, columns, ids[cells].tolist(), prompt.passes


def steps(model, puzzle, cache, steps, order, **_):
    assert order == "confidence", order
    return diffuse(model, puzzle, cache, partial(fixed, steps))


def adaptive(model, puzzle, cache, rule, threshold, **_):
    assert rule == "threshold", rule
    return diffuse(model, puzzle, cache, partial(sure, threshold))


def greedy(model, puzzle, cache):
    """Types the answer, with a cache of keys and values; row ends are not asked for."""
    assert cache == "prompt", cache
    prompt_length, passes = puzzle.ids.shape[0] - 1, 1
    last = torch.tensor([prompt_length - 1])
    laid = model.lay(puzzle.places[:-1])
    model.run["prompt"](puzzle.ids[:-1], *laid, last, causal=True, cache=model.cache)
    length = prompt_length

    def write(ids, laid):
        """Logits after the last of these tokens, which follow all that was written."""
        nonlocal length, passes
        start, count = length, len(ids)
        length += count
        passes += 1
        bias = model.causal[start:length, :length] if count > 1 else None
        how = {"bias": bias, "cache": model.cache, "start": start}
        return model.run["token"](torch.tensor(ids), *laid, torch.tensor([count - 1]), **how)

    ids = puzzle.ids[-1:].tolist()
    head = model.lay(torch.cat([puzzle.places[-1:], canvas_places(1, 1, puzzle.grid)[:2]]))
    if puzzle.size:
        rows, columns = puzzle.size
        pending = ids + [SIZE_BASE + rows, SIZE_BASE + columns]
        logits = write(pending, head)
    else:
        rows = side_of(write(ids, head.cut(0, 1)))
        columns = side_of(write([SIZE_BASE + rows], head.cut(1, 2)))
        logits = write([SIZE_BASE + columns], head.cut(2, 3))
    laid = model.lay(canvas_places(rows, columns, puzzle.grid))
    cells = [int(logits[0, :COLOURS].argmax())]
    while len(cells) < rows * columns:
        row, column = divmod(len(cells) - 1, columns)
        at = 2 + row * (columns + 1) + column
        pending = [cells[-1], ROW_END] if column == columns - 1 else [cells[-1]]
        cells.append(int(write(pending, laid.cut(at, at + len(pending)))[0, :COLOURS].argmax()))
    return rows, columns, cells, passes


SAMPLERS = {f.__name__: f for f in (steps, adaptive, greedy)}
"""By the names of Jigsaw's decoders, whose options they take."""
