import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";

const url = (file: string): string => new URL(file, import.meta.url).href;
const run = (code: string) =>
  spawn(process.execPath, ["--input-type=module", "-e", code], {
    stdio: ["ignore", "pipe", "inherit"],
  });

test("a child ends when its parent is killed and could not tell it", async () => {
  const child = `
    const { whenParentGone } = await import(${JSON.stringify(url("end-with-parent.ts"))});
    whenParentGone(() => process.exit());
    console.log("child");
    setInterval(() => {}, 1000);`;
  const parent = run(`
    import { spawn } from "node:child_process";
    spawn(process.execPath, ["--input-type=module", "-e", ${JSON.stringify(child)}], { stdio: "inherit" });
    setInterval(() => {}, 1000);`);
  const [word] = (await once(parent.stdout, "data")) as [Buffer];
  expect(word.toString()).toBe("child\n");
  parent.kill("SIGKILL");
  // the child holds the same pipe: it closes when both are gone
  await once(parent.stdout, "close");
});

test("a script of npm ends when npm is killed, although the shell between them lives on", async () => {
  const script = `
    const { whenNpmGone } = await import(${JSON.stringify(url("end-with-parent.ts"))});
    whenNpmGone(() => { console.log("gone"); process.exit(); });
    console.log("script");
    setInterval(() => {}, 1000);`;
  const npm = run(`
    import { spawn } from "node:child_process";
    const code = ${JSON.stringify(script)};
    const command = 'node --input-type=module -e "$CODE"; true';
    const env = { ...process.env, npm_lifecycle_event: "start", CODE: code };
    spawn("sh", ["-c", command], { stdio: "inherit", env });
    setInterval(() => {}, 1000);`);
  const words = npm.stdout[Symbol.asyncIterator]();
  const next = async () => String((await words.next()).value);
  expect(await next()).toBe("script\n");
  npm.kill("SIGKILL");
  expect(await next()).toBe("gone\n");
});
