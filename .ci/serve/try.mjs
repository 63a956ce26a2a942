import { Steps } from "../steps.mjs";
import { addServices } from "./services.mjs";
const steps = new Steps(60_000);
addServices(steps);
const ok = await steps.run("serve", { base: process.argv[2], token: process.argv[3] });
process.exit(ok ? 0 : 1);
