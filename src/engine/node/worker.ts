// The worker's side of remote.ts: opens an engine, and answers calls of its methods.
import { parentPort } from "node:worker_threads";
import { serve } from "../../core/rpc.ts";
import type { Engine } from "../engine.ts";
import type { RemoteMethods } from "./remote.ts";
import { openNodeEngine } from "./sessions.ts";

const port = parentPort!;
let engine: Engine;

/** Lets the thread end by itself: where one is terminated from outside in a native call, the whole process dies. */
const end = () => port.unref();

const methods: RemoteMethods = {
  open: (options) =>
    openNodeEngine(options).then(
      (opened) => {
        engine = opened;
      },
      (error) => {
        end();
        throw error;
      },
    ),
  compile: (args) => engine.compile(...args),
  run: (args) => engine.run(...args),
  upload: (args) => engine.upload(...args),
  download: (args) => engine.download(...args),
  free: (args) => engine.free(...args),
  release: (args) => engine.release(...args),
  close: () => engine.close().finally(end),
};

serve(
  {
    post: (message) => port.postMessage(message),
    onMessage: (listener) => port.on("message", listener),
  },
  methods,
);
