import { alternate } from "./families/alternate.ts";
import { boundingBox } from "./families/bounding-box.ts";
import { checkerboard } from "./families/checkerboard.ts";
import { colourBySize } from "./families/colour-by-size.ts";
import { colourMap } from "./families/colour-map.ts";
import { completeHalf } from "./families/complete-half.ts";
import { connect } from "./families/connect.ts";
import { count } from "./families/count.ts";
import { crop } from "./families/crop.ts";
import { cropBySize } from "./families/crop-by-size.ts";
import { cropColour } from "./families/crop-colour.ts";
import { cross } from "./families/cross.ts";
import { diagonals } from "./families/diagonals.ts";
import { extendLine } from "./families/extend-line.ts";
import { fill } from "./families/fill.ts";
import { flip } from "./families/flip.ts";
import { frame } from "./families/frame.ts";
import { gravity } from "./families/gravity.ts";
import { half } from "./families/half.ts";
import { halo } from "./families/halo.ts";
import { hollow } from "./families/hollow.ts";
import { kaleidoscope } from "./families/kaleidoscope.ts";
import { keepBySize } from "./families/keep-by-size.ts";
import { keepColour } from "./families/keep-colour.ts";
import { logic } from "./families/logic.ts";
import { majority } from "./families/majority.ts";
import { mirrorExtend } from "./families/mirror-extend.ts";
import { negative } from "./families/negative.ts";
import { oddLine } from "./families/odd-line.ts";
import { overlay } from "./families/overlay.ts";
import { pad } from "./families/pad.ts";
import { quadrant } from "./families/quadrant.ts";
import { rays } from "./families/rays.ts";
import { recolour } from "./families/recolour.ts";
import { removeColour } from "./families/remove-colour.ts";
import { repairSymmetry } from "./families/repair-symmetry.ts";
import { repeatEdge } from "./families/repeat-edge.ts";
import { roll } from "./families/roll.ts";
import { rotate } from "./families/rotate.ts";
import { scaleDown } from "./families/scale-down.ts";
import { scaleUp } from "./families/scale-up.ts";
import { shadow } from "./families/shadow.ts";
import { shift } from "./families/shift.ts";
import { slant } from "./families/slant.ts";
import { sortBars } from "./families/sort-bars.ts";
import { spaceOut } from "./families/space-out.ts";
import { squeeze } from "./families/squeeze.ts";
import { swapColours } from "./families/swap-colours.ts";
import { tile } from "./families/tile.ts";
import { transpose } from "./families/transpose.ts";
import { trim } from "./families/trim.ts";
import { window } from "./families/window.ts";
import type { Family } from "./family.ts";

export { type Family, type Level, levels, type PairMaker, type Sides } from "./family.ts";
export { drawPuzzle, generatePuzzle } from "./generate.ts";

export const families = {
  flip,
  rotate,
  transpose,
  roll,
  shift,
  gravity,
  recolour,
  "swap-colours": swapColours,
  "colour-map": colourMap,
  "remove-colour": removeColour,
  "keep-colour": keepColour,
  negative,
  alternate,
  checkerboard,
  frame,
  pad,
  trim,
  fill,
  hollow,
  halo,
  "bounding-box": boundingBox,
  shadow,
  rays,
  diagonals,
  cross,
  "extend-line": extendLine,
  connect,
  "repeat-edge": repeatEdge,
  slant,
  "mirror-extend": mirrorExtend,
  kaleidoscope,
  "complete-half": completeHalf,
  "repair-symmetry": repairSymmetry,
  tile,
  "scale-up": scaleUp,
  "scale-down": scaleDown,
  "space-out": spaceOut,
  squeeze,
  half,
  quadrant,
  overlay,
  logic,
  "odd-line": oddLine,
  crop,
  "crop-colour": cropColour,
  "crop-by-size": cropBySize,
  "keep-by-size": keepBySize,
  "colour-by-size": colourBySize,
  window,
  "sort-bars": sortBars,
  count,
  majority,
} satisfies Record<string, Family>;

const all: readonly Family[] = Object.values(families);

/** What models are trained on. */
export const trainedFamilies = all.filter((family) => !family.heldOut);

/** What no model is ever trained on. */
export const heldOutFamilies = all.filter((family) => family.heldOut);
