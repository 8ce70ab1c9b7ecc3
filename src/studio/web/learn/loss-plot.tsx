// Loss over noise: a small plot, told in words for those who don't see it.
import { useWidth } from "../components/use-width.ts";

/** The mean loss measured at one number of hidden cells. */
export interface LossPoint {
  readonly hidden: number;
  readonly loss: number;
}

interface LossPlotProps {
  readonly points: readonly LossPoint[];
  readonly cells: number;
  readonly now: LossPoint | undefined;
  /** Of a model that knows nothing. */
  readonly blind: number;
}

const [MOST_WIDTH, HEIGHT] = [640, 220];
const [LEFT, RIGHT, TOP, BOTTOM] = [44, 16, 12, 42];

/** The loss over the number of hidden cells. */
export function LossPlot({ points, cells, now, blind }: LossPlotProps) {
  const { element, width } = useWidth(MOST_WIDTH);
  const top = Math.max(blind * 1.1, ...points.map(({ loss }) => loss), now?.loss ?? 0);
  const x = (hidden: number) => LEFT + ((hidden - 1) / Math.max(1, cells - 1)) * (width - LEFT - RIGHT);
  const y = (loss: number) => HEIGHT - BOTTOM - (loss / top) * (HEIGHT - TOP - BOTTOM);
  const words = points.map(({ hidden, loss }) => `${hidden} hidden: ${loss.toFixed(2)}`).join("; ");
  return (
    <div ref={element} class="learn-plot">
      <svg
        class="drawing"
        viewBox={`0 0 ${width} ${HEIGHT}`}
        width={width}
        height={HEIGHT}
        role="img"
        aria-label={`Loss over hidden cells. ${words || "Not measured yet."}`}
        data-testid="loss-plot"
        data-points={points.length}
      >
        {[0, 1, 2].map((tick) => (
          <g key={tick}>
            <line class="rule" x1={LEFT} x2={width - RIGHT} y1={y(tick)} y2={y(tick)} />
            <text x={LEFT - 8} y={y(tick) + 4} text-anchor="end">
              {tick}
            </text>
          </g>
        ))}
        <line class="blind" x1={LEFT} x2={width - RIGHT} y1={y(blind)} y2={y(blind)} />
        <text x={LEFT + 6} y={y(blind) - 6}>
          a blind guess
        </text>
        {[1, Math.round(cells / 2), cells].map((tick) => (
          <text key={tick} x={x(tick)} y={HEIGHT - BOTTOM + 18} text-anchor="middle">
            {tick}
          </text>
        ))}
        <text x={(LEFT + width - RIGHT) / 2} y={HEIGHT - 6} text-anchor="middle">
          hidden cells
        </text>
        <path
          class="curve"
          d={points.map(({ hidden, loss }, i) => `${i ? "L" : "M"}${x(hidden)} ${y(loss)}`).join("")}
        />
        {points.map(({ hidden, loss }) => (
          <circle key={hidden} class="measured" cx={x(hidden)} cy={y(loss)} r="3.5" />
        ))}
        {now && <circle class="now" cx={x(now.hidden)} cy={y(now.loss)} r="6.5" />}
      </svg>
    </div>
  );
}
