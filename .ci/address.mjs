// An address of this machine's that no other program uses, and with it all ports: one that was free a moment ago on 127.0.0.1 may be somebody's by the time it is bound.

import crypto from "node:crypto";

export const ownAddress = () => ["127", ...crypto.randomBytes(3)].join(".").replace(/\.(0|255)$/, ".1");
