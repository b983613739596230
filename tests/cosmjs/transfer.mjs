// What a wallet does, done with CosmJS on two chains: connect, ask, pay, simulate, send over IBC, find it all again.
// Prints one line a check; the exit code is 0 if every check held.
//
// usage: node transfer.mjs RPC_A MNEMONIC_A RPC_B MNEMONIC_B CHANNEL_A [GAS_PRICE]
//
// The chains must index transactions, their addresses begin with `cosmos`, and the phrases' accounts hold stake.
// CHANNEL_A is the transfer channel on A. Nobody needs to relay: only what A itself does is looked at.

import assert from "node:assert/strict";
import process from "node:process";

import { DirectSecp256k1HdWallet } from "@cosmjs/proto-signing";
import { GasPrice, SigningStargateClient, StargateClient, calculateFee, isDeliverTxSuccess } from "@cosmjs/stargate";
import { Comet38Client } from "@cosmjs/tendermint-rpc";

const checkSeconds = 60;
const denom = "stake";
const gas = 200_000;

let failed = 0;

/** Runs one check, says how it ended, and gives its value; a check after a failed one still runs. */
async function check(name, work) {
  let timer;
  const deadline = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${checkSeconds} s`)), checkSeconds * 1000);
  });
  try {
    const value = await Promise.race([work(), deadline]);
    console.log(`ok      ${name}`);
    return value;
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${name}: ${error?.message ?? error}`);
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

async function connect(rpc, mnemonic, gasPrice) {
  const wallet = await DirectSecp256k1HdWallet.fromMnemonic(mnemonic, { prefix: "cosmos" });
  const [{ address }] = await wallet.getAccounts();
  const client = await SigningStargateClient.connectWithSigner(rpc, wallet, { gasPrice, broadcastPollIntervalMs: 200 });
  return { client, address };
}

/** The values of an attribute of all events of a kind, in order. */
function values(events, kind, key) {
  const found = events.filter(({ type }) => type === kind).flatMap(({ attributes }) => attributes);
  return found.filter((attribute) => attribute.key === key).map(({ value }) => value);
}

function attribute(events, kind, key) {
  return values(events, kind, key)[0];
}

function succeeded(result) {
  assert.ok(isDeliverTxSuccess(result), `code ${result.code}: ${result.rawLog}`);
  return result;
}

/** Questions about the chain itself. */
async function asks({ client, address }) {
  await check("chain id", async () => assert.match(await client.getChainId(), /^[A-Za-z0-9-]+$/));
  const height = await check("height", async () => {
    const height = await client.getHeight();
    assert.ok(height > 0);
    return height;
  });
  await check("block", async () => {
    const block = await client.getBlock(height);
    assert.equal(block.header.height, height);
    assert.equal(block.header.chainId, await client.getChainId());
    assert.match(block.id, /^[0-9A-F]{64}$/);
  });
  await check("latest block", async () => assert.ok((await client.getBlock()).header.height >= height));
  await check("balance", async () => assert.ok(BigInt((await client.getBalance(address, denom)).amount) > 0n));
  await check("all balances", async () => {
    const balances = await client.getAllBalances(address);
    assert.ok(balances.some((coin) => coin.denom === denom));
  });
  await check("balance of what nobody has", async () => {
    assert.deepEqual(await client.getBalance(address, "nothing"), { denom: "nothing", amount: "0" });
  });
  await check("account and sequence", async () => {
    const account = await client.getAccount(address);
    const { accountNumber, sequence } = await client.getSequence(address);
    assert.equal(account.address, address);
    assert.equal(account.accountNumber, accountNumber);
    assert.equal(account.sequence, sequence);
  });
  await check("an unknown transaction is not found", async () => assert.equal(await client.getTx("AB".repeat(32)), null));
}

/** A payment within the chain, found again by hash, by height and by event. */
async function pays({ client, address }, payee, fee) {
  const message = {
    typeUrl: "/cosmos.bank.v1beta1.MsgSend",
    value: { fromAddress: address, toAddress: payee, amount: [{ denom, amount: "7" }] },
  };
  await check("simulate", async () => assert.ok((await client.simulate(address, [message], "")) > 10_000));
  const [before, { sequence }] = await check("payee and payer before", () => {
    return Promise.all([client.getBalance(payee, denom), client.getSequence(address)]);
  }) ?? [{ amount: "0" }, { sequence: 0 }];
  const paid = await check("send tokens", async () => {
    return succeeded(await client.sendTokens(address, payee, [{ denom, amount: "7" }], fee, "a memo"));
  });
  await check("the payee has it", async () => {
    const after = await client.getBalance(payee, denom);
    assert.equal(BigInt(after.amount) - BigInt(before.amount), 7n);
  });
  await check("the sequence rose", async () => assert.equal((await client.getSequence(address)).sequence, sequence + 1));
  await check("events of the payment", async () => {
    // The fee is the first transfer.
    assert.equal(values(paid.events, "transfer", "recipient")[1], payee);
    assert.equal(attribute(paid.events, "tx", "fee"), "200stake");
  });
  await check("getTx", async () => {
    const tx = await client.getTx(paid.transactionHash);
    assert.equal(tx.hash, paid.transactionHash);
    assert.equal(tx.height, paid.height);
    assert.equal(tx.code, 0);
  });
  await check("searchTx by event", async () => {
    const found = await client.searchTx([
      { key: "message.sender", value: address },
      { key: "tx.height", value: paid.height },
    ]);
    assert.ok(found.some((tx) => tx.hash === paid.transactionHash));
  });
  await check("searchTx by height", async () => {
    const found = await client.searchTx(`tx.height=${paid.height}`);
    assert.ok(found.some((tx) => tx.hash === paid.transactionHash));
  });
  await check("gas that is worked out for the payment", async () => {
    succeeded(await client.sendTokens(address, payee, [{ denom, amount: "1" }], "auto"));
  });
}

/** What a chain must refuse, and how. */
async function refusals({ client, address }, payee, fee) {
  await check("more than there is fails in its block", async () => {
    const amount = [{ denom, amount: "9000000000000000000" }];
    const result = await client.sendTokens(address, payee, amount, fee);
    assert.equal(result.code, 5);
  });
  await check("too little fee is refused", async () => {
    const little = { amount: [{ denom, amount: "1" }], gas: String(gas) };
    const sending = client.sendTokens(address, payee, [{ denom, amount: "1" }], little);
    await assert.rejects(sending, /insufficient fee/);
  });
  await check("a simulation that fails says why", async () => {
    const value = { fromAddress: address, toAddress: payee, amount: [{ denom: "nothing", amount: "7" }] };
    const simulation = client.simulate(address, [{ typeUrl: "/cosmos.bank.v1beta1.MsgSend", value }], "");
    await assert.rejects(simulation, /insufficient funds/);
  });
}

/** A transfer out of the chain. */
async function transfers({ client, address }, receiver, channel, fee) {
  const seconds = Math.floor(Date.now() / 1000) + 3_600;
  const coin = { denom, amount: "11" };
  const sent = await check("send IBC tokens", async () => {
    return succeeded(
      await client.sendIbcTokens(address, receiver, coin, "transfer", channel, undefined, seconds, fee, ""),
    );
  });
  await check("the packet in the events", async () => {
    assert.equal(attribute(sent.events, "send_packet", "packet_src_channel"), channel);
    assert.equal(attribute(sent.events, "send_packet", "packet_src_port"), "transfer");
    const data = Buffer.from(attribute(sent.events, "send_packet", "packet_data_hex"), "hex");
    const { amount, receiver: to } = JSON.parse(data.toString("utf8"));
    assert.deepEqual([amount, to], ["11", receiver]);
  });
  await check("searchTx by the packet", async () => {
    const sequence = attribute(sent.events, "send_packet", "packet_sequence");
    const found = await client.searchTx([
      { key: "send_packet.packet_src_channel", value: channel },
      { key: "send_packet.packet_sequence", value: sequence },
    ]);
    assert.ok(found.some((tx) => tx.hash === sent.transactionHash));
  });
  await check("a transfer over no channel fails in its block", async () => {
    const result = await client.sendIbcTokens(
      address, receiver, coin, "transfer", "channel-4000", undefined, seconds, fee, "",
    );
    assert.notEqual(result.code, 0);
  });
}

/** New blocks over a WebSocket. */
async function subscribes(rpc) {
  await check("two new blocks over a WebSocket", async () => {
    const client = await Comet38Client.connect(rpc.replace(/^http/, "ws"));
    try {
      const heights = await new Promise((resolve, reject) => {
        const seen = [];
        const next = ({ height }) => {
          seen.push(height);
          if (seen.length === 2) resolve(seen);
        };
        client.subscribeNewBlockHeader().addListener({ next, error: reject, complete: () => reject(new Error("it ended")) });
      });
      assert.equal(heights[1], heights[0] + 1);
    } finally {
      client.disconnect();
    }
  });
  await check("status and validators by CometBFT's client", async () => {
    const client = await Comet38Client.connect(rpc);
    const { syncInfo } = await client.status();
    const { validators, total } = await client.validatorsAll(syncInfo.latestBlockHeight);
    assert.equal(validators.length, total);
    const { header, commit } = await client.commit(syncInfo.latestBlockHeight);
    assert.equal(header.height, syncInfo.latestBlockHeight);
    assert.ok(commit.signatures.length > 0);
    const results = await client.blockResults(syncInfo.latestBlockHeight);
    assert.equal(results.height, syncInfo.latestBlockHeight);
    assert.ok((await client.genesis()).chainId.length > 0);
    await client.abciInfo();
    await client.health();
    client.disconnect();
  });
}

const [rpcA, mnemonicA, rpcB, mnemonicB, channel, price = "0.001stake"] = process.argv.slice(2);
if (channel === undefined) {
  console.error("usage: node transfer.mjs RPC_A MNEMONIC_A RPC_B MNEMONIC_B CHANNEL_A [GAS_PRICE]");
  process.exit(64);
}
const gasPrice = GasPrice.fromString(price);
const fee = calculateFee(gas, gasPrice);
const a = await check("connect to A", () => connect(rpcA, mnemonicA, gasPrice));
const b = await check("connect to B", () => connect(rpcB, mnemonicB, gasPrice));
if (a !== undefined && b !== undefined) {
  await check("the chains are two", async () => {
    const other = await StargateClient.connect(rpcB);
    assert.notEqual(await a.client.getChainId(), await other.getChainId());
    other.disconnect();
  });
  await asks(a);
  await asks(b);
  // Any other account of A: that of the phrase for B, where the phrases are two.
  const payee = b.address === a.address ? "cosmos1qqqsyqcyq5rqwzqfpg9scrgwpugpzysnrk363e" : b.address;
  await pays(a, payee, fee);
  await refusals(a, payee, fee);
  await transfers(a, b.address, channel, fee);
  await subscribes(rpcA);
  a.client.disconnect();
  b.client.disconnect();
}
console.log(failed === 0 ? "all checks held" : `${failed} checks failed`);
process.exit(failed === 0 ? 0 : 1);
