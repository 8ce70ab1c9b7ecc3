import { render } from "preact";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/grid.css";
import "./styles/reading.css";
import "./styles/shell.css";
import { App } from "./shell.tsx";
import { applyTheme } from "./state/preferences.ts";

applyTheme();
render(<App />, document.querySelector("#app")!);
