// What a decoding is at, where it is not simply going on: waiting, fetching weights, or failed.
import type { Run } from "../state/decode-run.ts";

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

function Loading({ what, loaded, total }: NonNullable<Run["loading"]>) {
  const share = total > 0 ? loaded / total : undefined;
  return (
    <div class="stack run-loading" data-testid="loading">
      <p class="small quiet">
        Loading {what}
        {share !== undefined && `, ${megabytes(loaded)} of ${megabytes(total)} MB`}
      </p>
      <div
        class="bar-of"
        role="progressbar"
        aria-label={`Loading ${what}`}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={share === undefined ? undefined : Math.round(share * 100)}
      >
        <span style={{ width: `${(share ?? 0) * 100}%` }} />
      </div>
    </div>
  );
}

/** Progress or error of a decoding; nothing while frames come. */
export function RunStatus({ run }: { readonly run: Run | undefined }) {
  if (run?.error) {
    return (
      <div role="alert" data-testid="error">
        <p class="small bad">{run.error.message}</p>
        {run.error.hint && <p class="small quiet">{run.error.hint}</p>}
      </div>
    );
  }
  if (run?.status === "loading" && run.loading) return <Loading {...run.loading} />;
  if (run?.status === "waiting") {
    return (
      <p class="small quiet" data-testid="waiting">
        {run.before > 0 ? `Waiting for ${run.before} before it` : "Starting"}
      </p>
    );
  }
  return null;
}
