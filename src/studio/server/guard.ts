// Who may ask: this machine alone, or whoever has the token; and from this page alone, whatever other page is open.
import { createHash, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import type { Context, MiddlewareHandler } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { refusal } from "./reply.ts";

/** Whether a host is this machine and nothing else. */
export const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));

/** The name in a Host header, without its port; undefined where it is none. */
function hostName(header: string | undefined): string | undefined {
  try {
    return new URL(`http://${header}`).hostname.replace(/^\[|\]$/g, "");
  } catch {
    return undefined;
  }
}

const denied = (message: string, hint?: string) => refusal(403, "denied", message, hint);

/**
 * Refuses names of this machine that other people can give it: a page of theirs could else ask in its own name (DNS
 * rebinding).
 */
export const onlyLoopbackNames: MiddlewareHandler = async (c, next) => {
  const name = hostName(c.req.header("host"));
  if (name === undefined || !isLoopback(name))
    throw denied("the studio answers to localhost alone", "Open the address that the studio printed.");
  await next();
};

/** Refuses what another page sends. */
export const onlyOwnPage: MiddlewareHandler = async (c, next) => {
  const origin = c.req.header("origin");
  if (!["GET", "HEAD"].includes(c.req.method) && origin !== undefined) {
    const host = URL.canParse(origin) ? new URL(origin).host : undefined;
    if (host === undefined || host !== c.req.header("host")) throw denied("another page may not send this");
  }
  await next();
};

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/** The page that is shown for the token in its address; it goes on to the address without. */
function enter(c: Context, cookie: string, token: string): Response {
  setCookie(c, cookie, token, { httpOnly: true, sameSite: "Strict", path: "/" });
  c.header("Cache-Control", "no-store");
  c.header("Content-Security-Policy", "default-src 'none'");
  // Not a redirect: coming from another page, its request would be without the cookie.
  return c.html('<!doctype html><meta http-equiv="refresh" content="0;url=./"><title>Jigsaw</title>');
}

/** Takes the token from the address of the page, once; then from the cookie that it sets, or from a header. */
export const onlyWithToken = (token: string): MiddlewareHandler => {
  const wanted = digest(token);
  // Cookies know no ports: each studio of a machine has its own.
  const cookie = `jigsaw-studio-${wanted.toString("hex").slice(0, 12)}`;
  const fits = (given: string | undefined) => given !== undefined && timingSafeEqual(digest(given), wanted);
  return async (c, next) => {
    if (c.req.path === "/" && fits(c.req.query("token"))) return enter(c, cookie, token);
    const bearer = /^Bearer (\S+)$/.exec(c.req.header("authorization") ?? "")?.[1];
    if (!fits(bearer) && !fits(getCookie(c, cookie))) {
      c.header("WWW-Authenticate", "Bearer");
      const hint = "Open the address that the studio printed, with its token.";
      throw refusal(401, "denied", "this studio needs its token", hint);
    }
    await next();
    return undefined;
  };
};

/** Headers of everything that is sent. */
export const securityHeaders: MiddlewareHandler = async (c, next) => {
  await next();
  c.header("X-Content-Type-Options", "nosniff");
  c.header("Referrer-Policy", "no-referrer");
  c.header("Cross-Origin-Resource-Policy", "same-origin");
  c.header("Cross-Origin-Opener-Policy", "same-origin");
  if (!c.res.headers.has("Cache-Control")) c.header("Cache-Control", "no-store");
};
