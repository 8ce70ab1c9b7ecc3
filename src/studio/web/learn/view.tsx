// Learn: how typewriters and jigsaws work, in six parts, each on a small puzzle that the model answers while one reads.
import type { ComponentType } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Lazy } from "../components/lazy.tsx";
import { hashOf, type ViewProps } from "../state/routes.ts";
import { keptStore, useStore } from "../state/store.ts";
import { Sources } from "./sources.tsx";
import "./learn.css";

interface Part {
  readonly id: string;
  readonly title: string;
  /** Its code is fetched when it is gone to. */
  readonly load: () => Promise<ComponentType>;
}

const PARTS: readonly Part[] = [
  {
    id: "ways",
    title: "Typewriter and jigsaw",
    load: async () => (await import("./decoding-routes.tsx")).DecodingRoutes,
  },
  { id: "noise", title: "Learning from hidden cells", load: async () => (await import("./noise.tsx")).Noise },
  {
    id: "order",
    title: "Why order matters, and when",
    load: async () => (await import("./order.tsx")).Order,
  },
  {
    id: "attention",
    title: "Who looks at whom",
    load: async () => (await import("./attention.tsx")).Attention,
  },
  {
    id: "mistakes",
    title: "Taking back, and searching",
    load: async () => (await import("./mistakes.tsx")).Mistakes,
  },
  {
    id: "views",
    title: "Many views of one puzzle",
    load: async () => (await import("./augmented-views.tsx")).ManyViews,
  },
];

/** Parts that were looked at. */
const seen = keptStore<readonly string[]>([], {
  key: "jigsaw:learnt",
  where: () => localStorage,
  read: (json) => (Array.isArray(json) ? json.filter((id) => typeof id === "string") : undefined),
});

const linkTo = (part: Part): string => hashOf("learn", { part: part.id });

function Contents({ now }: { readonly now: Part }) {
  const looked = useStore(seen);
  return (
    <nav class="side-list learn-contents" aria-label="Parts of the primer">
      <ol>
        {PARTS.map((part, i) => (
          <li key={part.id}>
            <a
              href={linkTo(part)}
              aria-current={part === now ? "step" : undefined}
              data-testid={`part-${part.id}`}
            >
              <span class="number" data-seen={looked.includes(part.id) || undefined}>
                {i + 1}
              </span>
              <span class="title">{part.title}</span>
              {looked.includes(part.id) && <span class="unseen"> (seen)</span>}
            </a>
          </li>
        ))}
      </ol>
    </nav>
  );
}

export default function Learn({ params }: ViewProps) {
  const at = Math.max(
    0,
    PARTS.findIndex(({ id }) => id === params.part),
  );
  const part = PARTS[at]!;
  const [before, after] = [PARTS[at - 1], PARTS[at + 1]];
  const heading = useRef<HTMLHeadingElement>(null);
  const first = useRef(true);
  useEffect(() => {
    seen.set((now) => (now.includes(part.id) ? now : [...now, part.id]));
    // A new part is a new page: it is read from its top.
    if (!first.current) {
      heading.current?.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
    first.current = false;
  }, [part]);
  return (
    <div class="with-side learn">
      <Contents now={part} />
      <article class="learn-part" data-testid={`learn-${part.id}`}>
        <p class="small quiet learn-place">
          Part {at + 1} of {PARTS.length}
        </p>
        <h1 ref={heading} tabIndex={-1}>
          {part.title}
        </h1>
        <Lazy key={part.id} load={part.load} props={{}} />
        <nav class="learn-turn" aria-label="Next part and the one before">
          {before && (
            <a class="button" href={linkTo(before)}>
              ← {before.title}
            </a>
          )}
          {after ? (
            <a class="button primary" href={linkTo(after)} data-testid="next-part">
              {after.title} →
            </a>
          ) : (
            <a class="button primary" href={hashOf("touch")}>
              Now touch one yourself →
            </a>
          )}
        </nav>
        {!after && <Sources />}
      </article>
    </div>
  );
}
