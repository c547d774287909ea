// Dark or light: the visitor's choice, or the system's until there is one.
import { readPalette } from "./chart/palette.ts";

type Theme = "dark" | "light";
const KEY = "fanwire-theme";
const systemLight = matchMedia("(prefers-color-scheme: light)");

/** To be called before anything is shown. */
export function startTheme(): void {
  show(chosen() ?? (systemLight.matches ? "light" : "dark"));
  systemLight.addEventListener("change", () => {
    if (!chosen()) show(systemLight.matches ? "light" : "dark");
  });
}

export function switchTheme(): void {
  const theme = document.documentElement.dataset["theme"] === "light" ? "dark" : "light";
  show(theme);
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // a browser that stores nothing keeps the choice for this page only
  }
}

function show(theme: Theme): void {
  document.documentElement.dataset["theme"] = theme;
  readPalette();
}

function chosen(): Theme | undefined {
  try {
    const stored = localStorage.getItem(KEY);
    return stored === "dark" || stored === "light" ? stored : undefined;
  } catch {
    return undefined;
  }
}
