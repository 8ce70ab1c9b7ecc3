// What answers the studio's page, without the page: for tests and for timing.
import { backend } from "../../web/state/backend.ts";

globalThis.backend = backend();
