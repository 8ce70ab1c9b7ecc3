// The report of an evaluation: a page of its own, of which no script runs but those that are written in it, and which
// can reach nothing: not the studio, whose origin it does not share.
import { createHash } from "node:crypto";
import type { Context } from "hono";

const hashOf = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** The text of each script as a browser finds it. */
const scriptsIn = (html: string): string[] =>
  [...html.matchAll(/<script\b[^>]*>([\s\S]*?)<\/script\s*>/gi)].map(([, text]) => text!);

/** The report's Content-Security-Policy: its own inline scripts by their hashes, and nothing else. */
export const reportPolicy = (html: string): string =>
  [
    "default-src 'none'",
    `script-src ${scriptsIn(html).map(hashOf).join(" ") || "'none'"}`,
    "style-src 'unsafe-inline'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'self'",
    "sandbox allow-scripts allow-downloads",
  ].join("; ");

/** Sends a report with the policy that confines it. */
export function sendReport(c: Context, html: string): Response {
  c.header("Content-Security-Policy", reportPolicy(html));
  return c.html(html);
}
