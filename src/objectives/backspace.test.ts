/** Errors and backspaces in the answer: what stands at the end is the answer, and every label is the best next token. */
import { describe, expect, it } from "vitest";
import { random } from "../core/random.ts";
import { randomTask } from "../model/tiny.test-helper.ts";
import { answerGrid, answerTokens, promptTokens, TOKEN, type Token } from "../sequence/tokens.ts";
import { nextTokens } from "./autoregressive.ts";
import { takenBack } from "./backspace.test-helper.ts";
import { backspace } from "./backspace.ts";
import { objectiveOptions } from "./objective.ts";
import { reachOf } from "./reach.test-helper.ts";

const defaults = objectiveOptions(backspace, { backspaceRate: 0.4 });
const tasks = Array.from({ length: 30 }, (_, i) => randomTask(`backspace ${i}`, 1 + (i % 3), 6));
const examples = (options: Partial<typeof defaults> = {}, noise = 0.9) =>
  tasks.map((task, i) => {
    const example = backspace.example(task, noise, random("typed", i), { ...defaults, ...options });
    const answer = answerTokens(task.test[0]!.output!, answerGrid(task.train.length));
    return { task, ...example, answer, start: promptTokens(task).length };
  });

describe("the backspace objective", () => {
  it("leaves the prompt clean, and the answer standing once every backspace has done its work", () => {
    let backspaces = 0;
    for (const { task, tokens, answer, start } of examples()) {
      expect(tokens.slice(0, start)).toEqual(promptTokens(task));
      const gone = takenBack(tokens);
      expect(tokens.filter((_, i) => i >= start && !gone.has(i))).toEqual(answer);
      expect([...gone].every((i) => i >= start + 2)).toBe(true);
      backspaces += tokens.filter(({ id }) => id === TOKEN.backspace).length;
    }
    expect(backspaces).toBeGreaterThan(100);
  });

  it("tells a backspace as long as anything wrong stands, and else the right token, never an error", () => {
    for (const { tokens, labels, weights, answer, start } of examples()) {
      let standing: Token[] = [];
      for (let i = start; i < tokens.length - 1; i++) {
        const token = tokens[i]!;
        if (token.id !== TOKEN.backspace) standing.push(token);
        else standing = standing.slice(0, standing.at(-1)!.id === TOKEN.rowEnd ? -2 : -1);
        // A row end is fixed: it is told whatever stands.
        const isRight = standing.every(({ id }, k) => id === answer[k]!.id);
        const next = answer[standing.length]!;
        const wanted = isRight || next.id === TOKEN.rowEnd ? next.id : TOKEN.backspace;
        expect(labels[i]).toBe(wanted);
        expect(weights[i]).toBe(1);
      }
      expect(labels.at(-1)).toBe(-1);
    }
  });

  it("learns the demonstrations as the typewriter does", () => {
    for (const { task, labels, start } of examples()) {
      const clean = nextTokens(task);
      expect(labels.slice(0, start)).toEqual(clean.labels.slice(0, start));
    }
  });

  it("sets a wrong token, its backspace and what replaces it at the same cell", () => {
    for (const { tokens } of examples()) {
      const standing: Token[] = [];
      for (const [i, token] of tokens.entries()) {
        if (token.id !== TOKEN.backspace) {
          standing.push(token);
          continue;
        }
        if (standing.at(-1)!.id === TOKEN.rowEnd) standing.pop();
        const { place } = standing.pop()!;
        expect(token.place).toEqual(place);
        expect(tokens[i + 1]!.place.grid).toBe(place.grid);
        if (tokens[i + 1]!.id !== TOKEN.backspace) expect(tokens[i + 1]!.place).toEqual(place);
      }
    }
  });

  it("is the typewriter's example where nothing is to go wrong", () => {
    for (const options of [
      { noise: 0, rate: 0.4 },
      { noise: 0.9, rate: 0 },
    ]) {
      for (const { task, answer: _, start: __, ...example } of examples(
        { backspaceRate: options.rate },
        options.noise,
      )) {
        expect(example).toEqual(nextTokens(task));
      }
    }
  });

  it("notices errors late at times, with right cells among those taken back", () => {
    let [late, right, total] = [0, 0, 0];
    for (const { tokens, answer } of examples()) {
      for (const [i, token] of tokens.entries()) {
        if (token.id !== TOKEN.backspace || tokens[i + 1]!.id !== TOKEN.backspace) continue;
        late++;
        const taken = tokens.findLast(
          ({ id, place }, k) =>
            k < i && id < TOKEN.rowEnd && JSON.stringify(place) === JSON.stringify(token.place),
        );
        total++;
        right += Number(answer.some((clean) => JSON.stringify(clean) === JSON.stringify(taken)));
      }
    }
    expect(late).toBeGreaterThan(50);
    expect(right / total).toBeGreaterThan(0.35);
    expect(right / total).toBeLessThan(0.65);
  });

  it("dropped: hides what was taken back, and the backspaces, from all that follows", () => {
    let hidden = 0;
    for (const { tokens, spans, start } of examples({ backspaceMode: "dropped" })) {
      const gone = takenBack(tokens);
      const { visibleUntil } = spans[0]!;
      for (const [key, last] of visibleUntil!.entries()) {
        if (!gone.has(key)) {
          expect(last).toBe(Infinity);
          continue;
        }
        hidden++;
        // Until the backspace that takes it back.
        expect(tokens[last]!.id).toBe(TOKEN.backspace);
        if (tokens[key]!.id === TOKEN.backspace) expect(last).toBe(key);
        else expect(tokens[last]!.place.row).toBe(tokens[key]!.place.row);
      }
      const reach = reachOf({ tokens, spans, labels: [], weights: [] }, "causal");
      for (let i = start; i < tokens.length; i++) {
        if (gone.has(i)) continue;
        expect([...reach[i]!].filter((key) => gone.has(key))).toEqual([]);
      }
    }
    expect(hidden).toBeGreaterThan(100);
  });
});
