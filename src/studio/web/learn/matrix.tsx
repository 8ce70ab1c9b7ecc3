// Queries by keys as a picture: a lit pixel where a query sees a key. Pointed at, or walked with arrow keys.
import { useEffect, useRef } from "preact/hooks";
import { type Anatomy, bandName, bandOf, sees, tokenName } from "./anatomy.ts";

/** An entry of the attention mask. */
export interface Spot {
  readonly query: number;
  readonly key: number;
}

interface MatrixProps {
  readonly anatomy: Anatomy;
  readonly spot: Spot;
  onSpot(spot: Spot): void;
}

/** Which of the page's band colours a token is drawn in. */
export const bandColour = (anatomy: Anatomy, index: number): string => {
  const { kind, demonstration = 0 } = bandOf(anatomy, index);
  if (kind === "answer") return "var(--band-answer)";
  if (kind === "test") return "var(--band-test)";
  return demonstration % 2 ? "var(--band-odd)" : "var(--band-even)";
};

/** The red, green and blue of a CSS colour on an element. */
function bytesOf(on: HTMLElement, colour: string): readonly number[] {
  const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true })!;
  on.style.color = colour;
  probe.fillStyle = getComputedStyle(on).color;
  on.style.color = "";
  probe.fillRect(0, 0, 1, 1);
  return [...probe.getImageData(0, 0, 1, 1).data];
}

function draw(canvas: HTMLCanvasElement, anatomy: Anatomy): void {
  const { tokens } = anatomy;
  const total = tokens.length;
  const context = canvas.getContext("2d")!;
  const image = context.createImageData(total, total);
  const hidden = bytesOf(canvas, "var(--sunk)");
  const lit = tokens.map((_, i) => bytesOf(canvas, bandColour(anatomy, i)));
  for (let query = 0; query < total; query++) {
    for (let key = 0; key < total; key++) {
      image.data.set(sees(anatomy, query, key) ? lit[key]! : hidden, 4 * (query * total + key));
    }
  }
  context.putImageData(image, 0, 0);
}

/** What is at a spot, in words. */
export function spotInWords(anatomy: Anatomy, { query, key }: Spot): string {
  const verb = sees(anatomy, query, key) ? "sees" : "does not see";
  const [who, whom] = [tokenName(anatomy, query), tokenName(anatomy, key)];
  return `${who[0]!.toUpperCase()}${who.slice(1)} ${verb} ${query === key ? "itself" : whom}.`;
}

/** The attention mask as a picture that can be pointed at. */
export function Matrix({ anatomy, spot, onSpot }: MatrixProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { tokens, bands } = anatomy;
  const total = tokens.length;
  useEffect(() => {
    const redraw = () => draw(canvas.current!, anatomy);
    redraw();
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const themed = new MutationObserver(redraw);
    themed.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    dark.addEventListener("change", redraw);
    return () => {
      themed.disconnect();
      dark.removeEventListener("change", redraw);
    };
  }, [anatomy]);
  const within = (index: number) => Math.max(0, Math.min(total - 1, index));
  const point = (event: PointerEvent) => {
    const box = canvas.current!.getBoundingClientRect();
    onSpot({
      query: within(Math.floor(((event.clientY - box.top) / box.height) * total)),
      key: within(Math.floor(((event.clientX - box.left) / box.width) * total)),
    });
  };
  const walk = (event: KeyboardEvent) => {
    const far = event.shiftKey ? 10 : 1;
    const moves: Record<string, readonly [down: number, right: number]> = {
      ArrowUp: [-far, 0],
      ArrowDown: [far, 0],
      ArrowLeft: [0, -far],
      ArrowRight: [0, far],
      Home: [0, -total],
      End: [0, total],
      PageUp: [-total, 0],
      PageDown: [total, 0],
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    onSpot({ query: within(spot.query + move[0]), key: within(spot.key + move[1]) });
  };
  const lines = bands.slice(1).map(({ from }) => from);
  return (
    <div
      class="learn-matrix"
      role="slider"
      tabIndex={0}
      aria-label="Matrix of queries and keys. Up and down choose who looks, left and right what is looked at; with Shift ten at a time."
      aria-valuemin={0}
      aria-valuemax={total * total - 1}
      aria-valuenow={spot.query * total + spot.key}
      aria-valuetext={spotInWords(anatomy, spot)}
      data-testid="matrix"
      onKeyDown={walk}
      onPointerMove={point}
      onPointerDown={point}
    >
      <canvas ref={canvas} width={total} height={total} />
      <svg viewBox={`0 0 ${total} ${total}`} preserveAspectRatio="none" aria-hidden="true">
        {lines.map((at) => (
          <path key={at} class="band-line" d={`M${at} 0V${total}M0 ${at}H${total}`} />
        ))}
        <rect class="spot-row" x="0" y={spot.query} width={total} height="1" />
        <rect class="spot-row" x={spot.key} y="0" width="1" height={total} />
      </svg>
      <ol class="band-names" aria-hidden="true">
        {bands.slice(1).map((band) => (
          <li
            key={band.from}
            title={bandName(band)}
            style={{
              left: `${(100 * band.from) / total}%`,
              width: `${(100 * (band.to - band.from)) / total}%`,
            }}
          >
            {shortName(band)}
          </li>
        ))}
      </ol>
    </div>
  );
}

function shortName({ kind, demonstration }: Anatomy["bands"][number]): string {
  if (kind === "input") return `${demonstration} in`;
  if (kind === "output") return `${demonstration} out`;
  return kind === "test" ? "test" : kind === "answer" ? "answer" : "";
}
