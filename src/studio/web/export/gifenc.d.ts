/** What is used of gifenc, which has no types of its own. */
declare module "gifenc/dist/gifenc.esm.js" {
  export function GIFEncoder(): {
    writeFrame(
      index: Uint8Array,
      width: number,
      height: number,
      options: {
        /** Needed for the first frame. */
        readonly palette?: readonly (readonly number[])[];
        readonly transparent?: boolean;
        readonly transparentIndex?: number;
        /** Milliseconds. */
        readonly delay?: number;
        /** 0: for ever. */
        readonly repeat?: number;
        /** 1: the frame is left in place. */
        readonly dispose?: number;
      },
    ): void;
    finish(): void;
    bytes(): Uint8Array<ArrayBuffer>;
  };
}
