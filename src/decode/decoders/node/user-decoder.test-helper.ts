// Files that define decoders outside the package.
const define = JSON.stringify(new URL("../../define.ts", import.meta.url).href);
const rounds = JSON.stringify(new URL("../../rounds.ts", import.meta.url).href);
const canvas = JSON.stringify(new URL("../../canvas.ts", import.meta.url).href);
const zod = JSON.stringify(import.meta.resolve("zod"));

/** A file's text; `decoder(name)` in `exports` makes a decoder that commits the `first` open slots in each round. */
export const decoderFile = (exports: string): string => `
  import { defineDecoder } from ${define};
  import { commit, openSlots } from ${canvas};
  import { predict } from ${rounds};
  import * as z from ${zod};
  const decoder = (name) => defineDecoder({
    name, family: "jigsaw", objective: "masked-diffusion", about: "a test", model: "jigsaw-tiny",
    options: z.object({ first: z.int().positive().default(9) }),
    async *run({ session, canvas, options: { first }, show }) {
      while (openSlots(canvas).length > 0) {
        const slots = openSlots(canvas).slice(0, first);
        for (const { slot, choice } of await predict(session, canvas, slots)) commit(canvas, slot, choice);
        yield show(canvas, slots);
      }
    },
  });
  ${exports}`;
