// What answers the studio's page, without the page: for tests and for timing.
import { openBackend } from "../../web/backend/open.ts";

globalThis.backend = openBackend();
