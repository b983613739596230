// The arguments of transfer.mjs, a line each, out of what `lightship devnet --json` prints first.
//
// usage: node arguments.mjs FILE
//
// The exit code is 2 while the file holds no whole document yet.

import { readFileSync } from "node:fs";
import process from "node:process";

/** The first path of a fresh devnet: its transfer channel on the first chain. */
const channel = "channel-0";

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// One document is one line, or all there is.
const text = readFileSync(process.argv[2], "utf8");
const [line] = text.split("\n");
const document = parsed(text) ?? (text.includes("\n") ? parsed(line) : undefined);
if (document === undefined) process.exit(2);

const [a, b] = document.chains;
for (const { nodes, accounts } of [a, b]) {
  const { rpc } = nodes[0];
  console.log(rpc.includes("://") ? rpc : `http://${rpc}`);
  console.log(accounts.find(({ name }) => name === "user")?.mnemonic ?? accounts[0].mnemonic);
}
console.log(channel);
console.log(a.gas_price);
