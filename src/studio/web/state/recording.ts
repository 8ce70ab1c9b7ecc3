// A decoding as it was seen: what players show, and what exports write.
import type { Grid } from "../../../arc/grid.ts";
import type { Frame } from "../../../decode/frames.ts";
import type { Ledger } from "../../../engine/ledger.ts";

/** A frame with its cost. */
export interface Shot {
  readonly frame: Frame;
  /** What had been spent when the frame was shown. */
  readonly ledger: Ledger;
}

/** A decoding with all that is needed to show it again. */
export interface Recording {
  readonly task: string;
  readonly test: number;
  readonly input: Grid;
  readonly answer?: Grid | undefined;
  /** As on the command line, without the model: "steps:steps=10". */
  readonly decoder: string;
  readonly model: string;
  readonly shots: readonly Shot[];
  /** The grids it ended with, the likeliest first; none while it runs, or where it was stopped. */
  readonly candidates: readonly Grid[];
}
