// What a screen reader is told while nothing has the focus: said sparsely, the latest wins.
import { createStore, type Store } from "./store.ts";

export const announcement: Store<string> = createStore("");

export const announce = (text: string): void => announcement.set(text);
