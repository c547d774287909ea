// The page begins here.
import "uplot/dist/uPlot.min.css";
import "@fontsource-variable/ibm-plex-sans/wght.css";
import "@fontsource/ibm-plex-mono/latin-400.css";
import "./style/tokens.css";
import "./style/frame.css";
import "./style/controls.css";
import "./style/host.css";
import "./style/board.css";
import "./style/watching.css";
import "./style/access.css";
import "./style/jobs.css";
import "./style/small.css";
import { render } from "preact";
import { Dashboard } from "./dashboard.ts";
import { startKeyboard } from "./keyboard.ts";
import { startTheme } from "./theme.ts";
import { App } from "./view/app.tsx";
import { PAGES } from "./view/tabs.tsx";

startTheme();
const dashboard = new Dashboard();
const { view, host } = dashboard;

const asked = PAGES.find(({ name }) => `#${name}` === location.hash);
if (asked) view.page.set(asked.name);
view.page.subscribe((page) => history.replaceState(null, "", `#${page}`));
host.name.subscribe((name) => (document.title = name ? `${name}, live · fanwire` : "fanwire"));

startKeyboard(dashboard);
dashboard.start();
render(<App d={dashboard} />, document.getElementById("page") as HTMLElement);
