import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

/** What a runtime is given: one module, made of our sources, that imports nothing. */
export async function bundleOf(entry: "shell" | "page" | "worker"): Promise<string> {
  const bundle = await rolldown({
    input: fileURLToPath(new URL(`entries/${entry}.ts`, import.meta.url)),
    platform: "neutral",
    resolve: { conditionNames: ["@fanwire/source", "import", "default"] },
  });
  const { output } = await bundle.generate({ format: "esm", codeSplitting: false });
  await bundle.close();
  return output[0].code;
}
