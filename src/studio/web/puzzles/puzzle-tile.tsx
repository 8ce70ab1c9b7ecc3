// A puzzle in the gallery: what its first demonstration makes of what, drawn only when it comes into sight.
import { useEffect, useRef, useState } from "preact/hooks";
import type { StudioTask } from "../../shared/tasks.ts";
import { Picture } from "../components/picture.tsx";

export interface TileProps {
  readonly href: string;
  readonly title: string;
  readonly about?: string;
  readonly note?: string | undefined;
  load(): Promise<StudioTask>;
}

/** Whether an element has been near the window once. */
function useSeen() {
  const element = useRef<HTMLLIElement>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) setSeen(true);
      },
      { rootMargin: "200px" },
    );
    observer.observe(element.current!);
    return () => observer.disconnect();
  }, []);
  return { element, seen };
}

/** A puzzle in the gallery; its picture is drawn once it scrolls into view. */
export function Tile({ href, title, about, note, load }: TileProps) {
  const { element, seen } = useSeen();
  const [task, setTask] = useState<StudioTask | Error>();
  useEffect(() => {
    if (!seen) return;
    let current = true;
    load().then(
      (found) => current && setTask(found),
      (error: Error) => current && setTask(error),
    );
    return () => {
      current = false;
    };
  }, [seen, href]);
  const pair = task && !(task instanceof Error) ? task.train[0] : undefined;
  return (
    <li ref={element} class="tile" data-testid="tile">
      <a href={href}>
        <span class="tile-pictures">
          {pair && <Picture grid={pair.input} label="" ornament cell={14} most={84} />}
          {pair && <Picture grid={pair.output} label="" ornament cell={14} most={84} />}
          {task instanceof Error && <span class="small bad">{task.message}</span>}
        </span>
        <strong>{title}</strong>
        {about && <span class="small quiet">{about}</span>}
        {note && <span class="small tile-note">{note}</span>}
      </a>
    </li>
  );
}
