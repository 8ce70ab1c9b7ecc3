// Packs tokens into the input tensors of a graph.
import type { HostTensor } from "../engine/engine.ts";
import { GRID_TABLE_ROWS, GRID_TABLES } from "./weights.ts";

/** A token as the transformer needs it; `place` is used with grid positions only. */
export interface Positioned {
  readonly id: number;
  readonly place: {
    readonly grid: number;
    readonly row: number;
    readonly column: number;
    readonly below: number;
    readonly right: number;
  };
}

export interface FedTokens {
  /** int64 [batch, length]. */
  readonly ids: HostTensor;
  /** float32 [batch, length, axes]. */
  readonly coordinates: HostTensor;
  /** int64 [batch, length, tables], with grid positions. */
  readonly places?: HostTensor;
}

/**
 * Packs rows of tokens, padded to the longest with `pad`.
 * @param indices each token's position id with sequence positions; by default 0, 1, 2, ...
 */
export function feedTokens(
  rows: readonly (readonly Positioned[])[],
  positions: "sequence" | "grid",
  pad: number,
  indices?: readonly (readonly number[])[],
): FedTokens {
  const length = Math.max(...rows.map((row) => row.length));
  const count = rows.length * length;
  const ids = new BigInt64Array(count).fill(BigInt(pad));
  const axes = positions === "grid" ? 3 : 1;
  const coordinates = new Float32Array(count * axes);
  const places = new BigInt64Array(positions === "grid" ? count * GRID_TABLES : 0);
  for (const [r, row] of rows.entries()) {
    for (const [i, { id, place }] of row.entries()) {
      const at = r * length + i;
      ids[at] = BigInt(id);
      if (positions === "sequence") coordinates[at] = indices?.[r]?.[i] ?? i;
      else {
        coordinates.set([place.grid, place.row, place.column], at * axes);
        const role = place.grid === 0 ? 0 : place.grid % 2 ? 1 : 2;
        const tables = [place.row, place.below, place.column, place.right, role];
        for (const [table, value] of tables.entries()) {
          places[at * GRID_TABLES + table] = BigInt(table * GRID_TABLE_ROWS + value);
        }
      }
    }
  }
  const dims = [rows.length, length];
  return {
    ids: { dims, data: ids },
    coordinates: { dims: [...dims, axes], data: coordinates },
    ...(positions === "grid" && { places: { dims: [...dims, GRID_TABLES], data: places } }),
  };
}
