// A Jupyter server of our own, with JupyterLab and Notebook 7, and a browser in front of it: what the steps stand on.

import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import readline from "node:readline";
import { setTimeout as pause } from "node:timers/promises";

import { chromium } from "playwright-core";

import { ownAddress } from "../address.mjs";

const browserArgs = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

// patience is how long whatever must happen in a page may take, in milliseconds: a machine with much to do is slow.
const patience = 120_000;

export async function launchBrowser() {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: browserArgs, timeout: patience });
  const open = browser.newContext.bind(browser); // pages, too, are opened through it
  browser.newContext = async (options) => {
    const context = await open(options);
    context.setDefaultTimeout(patience);
    return context;
  };
  return browser;
}

// The places where the front ends open a notebook.
const places = { lab: "lab/tree", notebook: "notebooks" };

// Lab is a running JupyterLab, which serves Notebook 7, too. It knows no kernels, settings or notebooks but those of its folder.
export class Lab {
  // The folder gets the notebooks; prefix is where the kernelspec was installed. Flags are more of JupyterLab's own.
  static async start({ jupyter, folder, prefix, flags = [] }) {
    const lab = new Lab();
    lab.notebooks = path.join(folder, "notebooks");
    fs.mkdirSync(lab.notebooks, { recursive: true });
    writeSettings(path.join(folder, "settings"));
    const ip = ownAddress();
    const port = await freePort(ip);
    const token = "browser-test";
    lab.process = spawn(jupyter, [
      "lab", "--no-browser", "--allow-root", `--ServerApp.root_dir=${lab.notebooks}`, `--ServerApp.ip=${ip}`,
      `--ServerApp.port=${port}`, "--ServerApp.port_retries=0", `--IdentityProvider.token=${token}`, ...flags,
      ...["LabApp", "JupyterNotebookApp"].flatMap((app) => [
        `--${app}.user_settings_dir=${path.join(folder, "settings")}`, `--${app}.workspaces_dir=${path.join(folder, "workspaces")}`,
      ]),
    ], {
      env: {
        ...process.env,
        JUPYTER_PATH: path.join(prefix, "share", "jupyter"),
        JUPYTER_CONFIG_DIR: path.join(folder, "config"),
        JUPYTER_DATA_DIR: path.join(folder, "data"),
        JUPYTER_RUNTIME_DIR: path.join(folder, "runtime"),
        XDG_DATA_HOME: path.join(folder, "data"),
      },
      stdio: ["ignore", "ignore", "pipe"],
    });
    lab.log = fs.createWriteStream(path.join(folder, "jupyter.log"));
    lab.url = (file, front = "lab") => `http://${ip}:${port}/${file ? places[front] + "/" + file : "lab"}?reset&token=${token}`;
    await lab.ready();
    return lab;
  }

  async ready() {
    const lines = readline.createInterface({ input: this.process.stderr });
    const started = new Promise((resolve, reject) => {
      lines.on("line", (line) => {
        this.log.write(line + "\n");
        if (line.includes("is running at")) resolve();
      });
      this.process.on("exit", (code) => reject(new Error(`jupyter lab ended with ${code}; see jupyter.log`)));
      this.process.on("error", reject);
    });
    await started;
  }

  async stop() {
    if (this.process.exitCode !== null) return;
    const gone = once(this.process, "exit");
    this.process.kill("SIGTERM");
    await gone;
  }

  // open writes a notebook with these cells (sources, or a whole document) and opens it in a new page of a front end.
  async open(browser, name, cells, front = "lab") {
    const doc = Array.isArray(cells) ? notebook(cells) : cells;
    fs.writeFileSync(path.join(this.notebooks, name), JSON.stringify(doc));
    const page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
    const book = new Notebook(page, path.join(this.notebooks, name), front);
    await page.goto(this.url(name, front));
    await page.locator(".jp-NotebookPanel:visible .jp-Cell").first().waitFor();
    await book.connected();
    return book;
  }
}

// Notebook is an open notebook, used as a person uses it: with mouse and keyboard. Cells are counted from 0, and all
// kinds count.
export class Notebook {
  #introduce; // is called when the kernel says what it is
  #introduced;

  constructor(page, file, front) {
    this.page = page;
    this.file = file;
    this.front = front;
    this.#await();
    page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => {
      if (payload.includes("kernel_info_reply")) this.#introduce();
    }));
    this.panel = page.locator(".jp-NotebookPanel:visible");
  }

  cell(i) {
    return this.panel.locator(".jp-Notebook > .jp-WindowedPanel-outer .jp-Cell").nth(i);
  }

  // text is what a cell shows below its code.
  async text(i) {
    return (await this.cell(i).locator(".jp-OutputArea-output").allInnerTexts()).join("\n").trimEnd();
  }

  async start(i) {
    // A cell whose code is hidden is unfolded by the first click.
    await this.cell(i).locator(".cm-content, .jp-RenderedMarkdown, .jp-Placeholder-content").first().click();
    await this.cell(i).locator(".cm-content, .jp-RenderedMarkdown").first().click();
    await this.page.keyboard.press("Control+Enter");
  }

  // run runs a cell and returns what it shows.
  async run(i, timeout = patience) {
    await this.start(i);
    await this.done(i, timeout);
    return this.text(i);
  }

  // done waits until the cell has a number and the kernel has nothing to do.
  async done(i, timeout = patience) {
    await this.prompt(i, /^\[\d+\]:$/, timeout);
    await this.idle(timeout);
  }

  async prompt(i, pattern, timeout = patience) {
    await this.cell(i).locator(".jp-InputPrompt", { hasText: pattern }).waitFor({ timeout });
  }

  async idle(timeout = patience) {
    await this.panel.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').waitFor({ timeout });
  }

  async tool(name) {
    await this.panel.locator(`jp-button[data-command="${name}"], [data-jp-item-name="${name}"] jp-button`).first().click();
  }

  #await() {
    this.#introduced = new Promise((resolve) => (this.#introduce = resolve));
  }

  // connected waits for a kernel that has nothing to do. (The indicator that idle looks at is idle without a kernel, too, and
  // a cell that is run before there is one is forgotten. Notebook 7 shows nothing that would tell, so its messages do.)
  async connected() {
    if (this.front === "lab") {
      await this.page.getByText("Go (resident) | Idle").waitFor();
      return;
    }
    const late = pause(patience, null, { ref: false }).then(() => { throw new Error("the kernel has not introduced itself"); });
    await Promise.race([this.#introduced, late]);
    await this.page.locator(".jp-Toolbar-kernelName", { hasText: "Go (resident)" }).waitFor();
    await this.page.locator(".jp-NotebookKernelStatus-fade").waitFor({ state: "attached" });
  }

  async restart() {
    this.#await();
    await this.tool("restart");
    const restarted = this.page.waitForResponse((r) => r.url().includes("/restart") && r.ok());
    await this.page.getByRole("button", { name: "Confirm Kernel Restart" }).click();
    await restarted;
    await this.connected();
  }

  async save() {
    await this.page.keyboard.press("Escape");
    await this.page.keyboard.press("Control+s");
    await this.page.locator(".jp-mod-dirty").waitFor({ state: "detached" });
    return JSON.parse(fs.readFileSync(this.file, "utf8"));
  }

  // show scrolls to the "start" or the "end" of a cell.
  async show(i, block = "start") {
    await this.cell(i).evaluate((e, block) => e.scrollIntoView({ block }), block);
  }

  async menu(...names) {
    for (const name of names) {
      await this.page.locator(".lm-MenuBar-itemLabel, .lm-Menu-itemLabel").getByText(name, { exact: true }).click();
    }
  }
}

function notebook(sources) {
  return {
    nbformat: 4, nbformat_minor: 5,
    metadata: {
      kernelspec: { name: "resident", display_name: "Go (resident)", language: "go" },
      language_info: { name: "go" },
    },
    cells: sources.map((source, i) => ({
      cell_type: "code", id: `cell-${i}`, metadata: {}, source, outputs: [], execution_count: null,
    })),
  };
}

// All cells stay in the page, wherever it is scrolled to, Lab fetches no news, and widgets are saved with the notebook.
function writeSettings(folder) {
  const settings = {
    "@jupyterlab/notebook-extension/tracker": { windowingMode: "none" },
    "@jupyterlab/apputils-extension/notification": { checkForUpdates: false, fetchNews: "false" },
    "@jupyter-widgets/jupyterlab-manager/plugin": { saveState: true },
  };
  for (const [name, value] of Object.entries(settings)) {
    const file = path.join(folder, name + ".jupyterlab-settings");
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, JSON.stringify(value));
  }
}

async function freePort(ip) {
  const server = net.createServer().listen(0, ip);
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
