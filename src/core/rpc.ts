// Remote procedure calls over messages, between threads, processes, or a page and its worker. Errors keep their code and
// hint, a call can emit events before it returns, and its AbortSignal reaches the other side.
import { type Failure, failureOf, revive } from "./errors.ts";
import { emitting, type Streaming } from "./streaming.ts";

/** One end of a channel of messages: a worker, a message port, a child process. */
export interface Port {
  /** @param transfer memory that is moved to the other side instead of copied, where the channel can do that */
  post(message: unknown, transfer: ArrayBuffer[]): void;
  /** Sets the one listener for messages from the other side. */
  onMessage(listener: (message: unknown) => void): void;
}

type Request = { readonly id: number } & (
  | { readonly method: string; readonly body: unknown }
  | { readonly abort: Failure }
);
type Reply = { readonly id: number } & (
  | { readonly event: unknown }
  | { readonly value: unknown }
  | { readonly error: Failure }
);

export interface CallContext {
  /** Aborted when the caller aborts the call. */
  readonly signal: AbortSignal;
  /** Sends an event to the caller. */
  emit(event: unknown): void;
}

/** A method takes the caller's body; its result, or the error it throws, is the reply. */
export type Methods = Readonly<Record<string, (body: never, context: CallContext) => unknown>>;

/** Answers calls that come over a port. Each starts when its message comes, whether or not earlier ones have ended. */
export function serve(port: Port, methods: Methods): void {
  const running = new Map<number, AbortController>();
  const reply = (message: Reply) => port.post(message, []);
  port.onMessage(async (message) => {
    const request = message as Request;
    const { id } = request;
    if ("abort" in request) return running.get(id)?.abort(revive(request.abort));
    const controller = new AbortController();
    running.set(id, controller);
    const context = { signal: controller.signal, emit: (event: unknown) => reply({ id, event }) };
    try {
      reply({ id, value: await methods[request.method]!(request.body as never, context) });
    } catch (error) {
      reply({ id, error: failureOf(error) });
    } finally {
      running.delete(id);
    }
  });
}

export interface CallOptions {
  readonly transfer?: ArrayBuffer[];
  /** Rejects the call at once with the signal's reason, and aborts the signal of the method. */
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: (event: never) => void;
}

export interface Client {
  call<T>(method: string, body?: unknown, options?: CallOptions): Promise<T>;
  /** A call to be watched: its events as they come, its return value as the result. */
  events<T>(method: string, body: unknown, signal?: AbortSignal): Streaming<T, unknown>;
  /** Rejects calls that wait for a reply, and all later ones: the other side is gone. */
  close(error: Error): void;
}

interface Pending {
  readonly resolve: (value: never) => void;
  readonly reject: (reason: unknown) => void;
  readonly onEvent?: ((event: never) => void) | undefined;
}

/** Calls methods that the other side of a port serves. */
export function connect(port: Port): Client {
  const pending = new Map<number, Pending>();
  let counter = 0;
  let closed: Error | undefined;

  port.onMessage((message) => {
    const reply = message as Reply;
    const call = pending.get(reply.id);
    if (!call) return;
    if ("event" in reply) return call.onEvent?.(reply.event as never);
    pending.delete(reply.id);
    if ("error" in reply) call.reject(revive(reply.error));
    else call.resolve(reply.value as never);
  });

  const call: Client["call"] = async (method, body, { transfer = [], signal, onEvent } = {}) => {
    signal?.throwIfAborted();
    if (closed) throw closed;
    const id = ++counter;
    const abort = () => {
      port.post({ id, abort: failureOf(signal!.reason) } satisfies Request, []);
      pending.get(id)?.reject(signal!.reason);
      pending.delete(id);
    };
    signal?.addEventListener("abort", abort);
    try {
      return await new Promise((resolve, reject) => {
        pending.set(id, { resolve, reject, onEvent });
        port.post({ id, method, body } satisfies Request, transfer);
      });
    } finally {
      pending.delete(id);
      signal?.removeEventListener("abort", abort);
    }
  };

  return {
    call,
    events: (method, body, signal) =>
      emitting((onEvent, stop) => call(method, body, { signal: stop, onEvent }), signal),
    close(error) {
      closed ??= error;
      for (const { reject } of pending.values()) reject(closed);
      pending.clear();
    },
  };
}
