// The shell: the bar with its views, the view itself, messages, and files that are dropped anywhere.
import { useEffect, useRef, useState } from "preact/hooks";
import { Button } from "./components/controls.tsx";
import { Auto, Cross, Digits, Mark, Moon, Question, Sun } from "./components/icons.tsx";
import { DropTarget } from "./drop.tsx";
import { Help } from "./help.tsx";
import { useAbout } from "./state/backend.ts";
import { announcement, dismiss, notices, notifyError } from "./state/notices.ts";
import { digits, THEMES, theme } from "./state/preferences.ts";
import { openPuzzle } from "./state/puzzle.ts";
import { route } from "./state/route.ts";
import { hashOf, VIEWS, type View } from "./state/routes.ts";
import { useShortcuts } from "./state/shortcuts.ts";
import { useStore } from "./state/store.ts";
import { LazyView, VIEW_ABOUT } from "./view-loader.tsx";

const THEME_ICONS = { system: Auto, light: Sun, dark: Moon };

function ThemeButton() {
  const now = useStore(theme);
  const Icon = THEME_ICONS[now];
  const next = THEMES[(THEMES.indexOf(now) + 1) % THEMES.length]!;
  return (
    <Button
      kind="plain"
      icon
      label={`Theme: ${now}. Change to ${next}`}
      testid="theme"
      onClick={() => theme.set(next)}
    >
      <Icon />
    </Button>
  );
}

/** Where models run: "CPU, 2 threads". */
function Where() {
  const about = useAbout();
  if (!about || about instanceof Error) return null;
  const { kind, device, threads } = about;
  const name = { cpu: "CPU", wasm: "WebAssembly", webgpu: "WebGPU", cuda: "CUDA" }[device] ?? device;
  return (
    <span class="where" data-testid="where">
      {kind === "page" ? "In this page" : "On the server"}: {name}, {threads}{" "}
      {threads === 1 ? "thread" : "threads"}
    </span>
  );
}

function Bar({ onHelp }: { onHelp(): void }) {
  const { view } = useStore(route);
  const withDigits = useStore(digits);
  return (
    <header class="bar">
      <a class="wordmark" href={hashOf("touch")}>
        <Mark />
        Jigsaw
      </a>
      <nav class="views" aria-label="Views">
        {VIEWS.map((name) => (
          <a
            key={name}
            href={hashOf(name)}
            aria-current={name === view ? "page" : undefined}
            data-testid={`view-${name}`}
          >
            {VIEW_ABOUT[name].title}
          </a>
        ))}
      </nav>
      <div class="bar-end">
        <Where />
        <Button
          kind="plain"
          icon
          label="Digits in cells"
          pressed={withDigits}
          testid="digits"
          onClick={() => digits.set(!withDigits)}
        >
          <Digits />
        </Button>
        <ThemeButton />
        <Button kind="plain" icon label="Keys" testid="help" onClick={onHelp}>
          <Question />
        </Button>
      </div>
    </header>
  );
}

function Notices() {
  const list = useStore(notices);
  return (
    <div class="notices">
      {list.map(({ id, kind, text, hint }) => (
        <div
          key={id}
          class="notice"
          role={kind === "error" ? "alert" : "status"}
          data-testid={`notice-${kind}`}
        >
          <div>
            <p class={kind === "error" ? "bad" : ""}>{text}</p>
            {hint && <p class="small quiet">{hint}</p>}
          </div>
          <Button kind="plain" icon label="Put this message away" onClick={() => dismiss(id)}>
            <Cross />
          </Button>
        </div>
      ))}
    </div>
  );
}

function LiveRegion() {
  const text = useStore(announcement);
  return (
    <p class="unseen" role="status" data-testid="announcement">
      {text}
    </p>
  );
}

/** A puzzle that came in a link becomes the current one, once: the address is then the view's own. */
async function takeShared(text: string, view: View): Promise<void> {
  history.replaceState(null, "", hashOf(view));
  const { decodeTask } = await import("../shared/share.ts");
  openPuzzle(await decodeTask(text));
}

/** The page. */
export function App() {
  const now = useStore(route);
  const [help, setHelp] = useState(false);
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useShortcuts({ "?": () => setHelp(true) });
  useEffect(() => {
    document.title = `${VIEW_ABOUT[now.view].title} · Jigsaw`;
    // A new view is a new page: it is read from its top.
    if (!first.current) {
      main.current?.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
    first.current = false;
  }, [now.view]);
  useEffect(() => {
    if (now.params.task) takeShared(now.params.task, now.view).catch(notifyError);
  }, [now]);
  return (
    <div class="shell">
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to the view
      </button>
      <Bar onHelp={() => setHelp(true)} />
      <main ref={main} id="main" tabIndex={-1}>
        <LazyView route={now} />
      </main>
      <Notices />
      <LiveRegion />
      <DropTarget />
      {help && <Help onClose={() => setHelp(false)} />}
    </div>
  );
}
