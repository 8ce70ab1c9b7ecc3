// The width that an element has got, for pictures whose letters keep their size.
import { useLayoutEffect, useRef, useState } from "preact/hooks";

/** @param first the width in pixels that is taken until it is measured */
export function useWidth(first: number) {
  const element = useRef<HTMLDivElement>(null);
  const [width, set] = useState(first);
  useLayoutEffect(() => {
    const measure = () => set(Math.max(200, Math.round(element.current!.clientWidth)));
    measure();
    const sized = new ResizeObserver(measure);
    sized.observe(element.current!);
    return () => sized.disconnect();
  }, []);
  return { element, width };
}
