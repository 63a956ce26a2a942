// Builds the page's scripts into ../assets, which the program embeds: one file for the page, one for widgets, which is loaded when there is one.
// With --check nothing is written; the exit code says whether the files are what the sources make.

import fs from "node:fs";
import path from "node:path";
import process from "node:process";

import { build } from "esbuild";

const out = path.join(import.meta.dirname, "..", "assets");
const result = await build({
  entryPoints: { live: "src/main.js", widgets: "src/widgets.js", "live-style": "src/live.css" },
  absWorkingDir: import.meta.dirname,
  bundle: true, minify: true, format: "esm", target: "es2022", outdir: out, write: false, metafile: true, legalComments: "none",
  external: ["/static/*"],
  loader: { ".svg": "dataurl", ".woff2": "dataurl" },
  define: { "process.env.NODE_ENV": '"production"', global: "globalThis" },
  // Libraries that serve Node, too.
  alias: { path: "path-browserify", ws: "./src/none.js", fs: "./src/none.js" },
});

const files = new Map(result.outputFiles.map((f) => [path.basename(f.path).replace("live-style.css", "live.css"), f.text]));
files.delete("live-style.js");
files.set("LICENSES.txt", licenses(Object.keys(result.metafile.inputs)));

// licenses lists the packages that went in, with their licenses' texts.
function licenses(inputs) {
  const packages = new Set();
  for (const file of inputs) {
    const m = file.match(/^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)\//);
    if (m) packages.add(file.slice(0, file.indexOf(m[1], file.lastIndexOf("node_modules")) + m[1].length));
  }
  const texts = [...packages].sort().map((dir) => {
    const folder = path.join(import.meta.dirname, dir);
    const { name, version, license } = JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8"));
    const file = fs.readdirSync(folder).find((f) => /^licen[cs]e/i.test(f));
    return `${name} ${version} (${license})\n\n${file ? fs.readFileSync(path.join(folder, file), "utf8").trim() : ""}\n`;
  });
  return "What the scripts beside this file are made of, besides this project's own sources.\n\n" + texts.join("\n" + "-".repeat(80) + "\n\n");
}

let same = true;
for (const [name, text] of files) {
  const file = path.join(out, name);
  if (fs.existsSync(file) && fs.readFileSync(file, "utf8") === text) continue;
  same = false;
  if (process.argv.includes("--check")) console.log(`${name} is not what its sources make: npm run build`);
  else fs.writeFileSync(file, text);
}
process.exitCode = !same && process.argv.includes("--check") ? 1 : 0;
