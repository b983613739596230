//! What a code of the application means: `(codespace, code)` to [`Class`], one row a code.
//!
//! From cosmos-sdk v0.53 `types/errors/errors.go`, cosmossdk.io/store v1.1 `types/errors.go`, and ibc-go v10 `modules/core/*/types/errors.go`,
//! `modules/light-clients/07-tendermint/errors.go`. Codes never change their meaning there, new ones are added.

use types::{Class, Scope};

use Class::{Redundant, Stale, Transient};

const PACKET: Class = Class::Terminal(Scope::Packet);
const PATH: Class = Class::Terminal(Scope::Path);
const CLIENT: Class = Class::Terminal(Scope::Client);
const CHAIN: Class = Class::Terminal(Scope::Chain);

/// How to react to a code. An unknown one is the packet's: a batch is bisected until the message stands alone, and the
/// rest goes on.
pub fn classify(codespace: &str, code: u32) -> Class {
    let known = match codespace {
        "sdk" => sdk(code),
        "client" => client(code),
        "connection" => connection(code),
        "channel" => channel(code),
        "clientv2" => Some(PATH),
        "channelv2" => channel_v2(code),
        "07-tendermint" => tendermint_client(code),
        "commitment" => commitment(code),
        "store" => store(code),
        "ibc" => ibc(code),
        "port" => Some(PATH),
        "host" => host(code),
        _ => None,
    };
    known.unwrap_or(PACKET)
}

fn sdk(code: u32) -> Option<Class> {
    Some(match code {
        2 => PACKET,       // tx parse error: a message that the chain does not know
        3 => Stale,        // invalid sequence
        4 => Stale,        // unauthorized: the signature is over another account number or sequence
        5 => CHAIN,        // insufficient funds: the wallet is empty
        6 => PACKET,       // unknown request
        7 => CHAIN,        // invalid address: another prefix
        8 => CHAIN,        // invalid public key: another key type
        9 => CHAIN,        // unknown address: the wallet never had anything
        10 => CHAIN,       // invalid coins: fees are paid in another denomination
        11 => Stale,       // out of gas: more next time
        12 => CHAIN,       // memo too large: ours
        13 => Stale,       // insufficient fee: the price rose
        14 | 15 => CHAIN,  // too many signatures, none
        16 | 17 => PACKET, // JSON
        18 => PACKET,      // invalid request
        19 => Redundant,   // tx already in mempool
        20 => Transient,   // mempool is full
        21 => PACKET,      // tx too large: bisected
        22 => PACKET,      // key not found
        23 | 24 => CHAIN,  // wrong password, another signer
        25 => CHAIN,       // invalid gas adjustment
        26 => Transient,   // invalid height: a query of a height that is not there yet
        27 | 28 => CHAIN,  // invalid version, invalid chain id
        29 => PACKET,      // invalid type
        30 => Stale,       // tx timeout height has passed
        31 => CHAIN,       // unknown extension options
        32 => Stale,       // incorrect account sequence
        33 | 34 => PACKET, // Any that can't be packed, unpacked
        35..=37 => PACKET, // logic, conflict, not supported
        38 => Stale,       // not found: a query of a state that is pruned
        39 => Transient,   // the node's disk
        40 => CHAIN,       // app.toml
        41 => Stale,       // invalid gas limit
        42 => Stale,       // tx timeout
        _ => return None,
    })
}

fn client(code: u32) -> Option<Class> {
    Some(match code {
        2 | 3 => CLIENT,   // exists, invalid
        4 => CLIENT,       // not found
        5 => CLIENT,       // frozen
        6 => CLIENT,       // metadata
        7 => Stale,        // consensus state not found: pruned, or the update before is not in yet
        8 => CLIENT,       // invalid consensus state
        9 | 10 => CLIENT,  // type not found, invalid
        11 => Stale,       // root not found
        12 => Stale,       // invalid header: build it anew
        13 => CLIENT,      // invalid misbehaviour
        14..=21 => Stale,  // verification failed: prove it anew
        22 => Stale,       // self consensus state not found: pruned meanwhile
        23 => Stale,       // update failed
        24 | 25 => CLIENT, // recovery, upgrade
        26 => Stale,       // invalid height
        27 | 28 => CLIENT, // substitute, upgrade proposal
        29 => CLIENT,      // not active
        30 | 31 => Stale,  // (non-)membership verification failed
        32 | 33 => CLIENT, // no route, type not supported
        _ => return None,
    })
}

fn connection(code: u32) -> Option<Class> {
    Some(match code {
        2..=5 => PATH,  // exists, not found, no paths of the client, another client's
        6 => Stale,     // invalid state: somebody else went a step further
        7..=11 => PATH, // counterparty, connection, version, negotiation, identifier
        _ => return None,
    })
}

fn channel(code: u32) -> Option<Class> {
    Some(match code {
        2..=4 => PATH,        // exists, not found, invalid
        5 => Stale,           // invalid state: somebody else went a step further, or it was closed
        6 | 7 => PATH,        // ordering, counterparty
        8 | 9 => PATH,        // capabilities (before v10)
        10..=12 => PATH,      // no sequences
        13 => PACKET,         // invalid packet
        14 => Stale,          // timed out: another leg
        15 => PATH,           // too many hops
        16 => PACKET,         // invalid acknowledgement
        17 => Redundant,      // acknowledgement exists
        18 => PATH,           // identifier
        19 => Redundant,      // received already
        20 => Redundant,      // commitment not found: acknowledged or timed out already
        21 => Stale,          // out of order: another goes first
        22 | 23 => Redundant, // all messages redundant, a no-op
        24 => PATH,           // version
        25 => PACKET,         // not sent
        26 => PACKET,         // invalid timeout
        27..=38 => PATH,      // upgrades, pruning
        39 => Stale,          // timeout not reached
        40 => Stale,          // timeout elapsed
        41 | 42 => PATH,      // sequences of an upgrade
        43 => PACKET,         // invalid commitment
        _ => return None,
    })
}

fn channel_v2(code: u32) -> Option<Class> {
    Some(match code {
        2 | 3 => PACKET, // invalid packet, payload
        4 => PATH,       // no sequence
        5 => PACKET,     // invalid acknowledgement
        6 => Redundant,  // commitment not found
        7 => PACKET,     // acknowledgement not found
        8 => PACKET,     // invalid timeout
        9 => Stale,      // timeout elapsed
        10 => Stale,     // timeout not reached
        11 => Redundant, // acknowledgement exists
        12 => Redundant, // no-op
        _ => return None,
    })
}

fn tendermint_client(code: u32) -> Option<Class> {
    Some(match code {
        2..=4 => CLIENT,   // chain id, periods
        5 | 6 => Stale,    // invalid header height, header
        7 => CLIENT,       // clock drift
        8 | 9 => Stale,    // processed time, height not found
        10 => Transient,   // the connection's delay has not passed
        11 | 12 => CLIENT, // expired
        13 => CLIENT,      // proof specs
        14 => Stale,       // invalid validator set
        15 => CLIENT,      // trust level
        _ => return None,
    })
}

fn commitment(code: u32) -> Option<Class> {
    Some(match code {
        2 | 4 => Stale, // invalid proof: prove it anew
        3 => PATH,      // invalid prefix
        _ => return None,
    })
}

fn store(code: u32) -> Option<Class> {
    Some(match code {
        2 | 3 | 5 | 6 => PACKET, // invalid proof, tx parse error, logic, conflict
        4 => PATH,               // unknown request: no store of that name
        7 => Stale,              // invalid request: no proof at that height
        _ => return None,
    })
}

fn ibc(code: u32) -> Option<Class> {
    Some(match code {
        2 => PATH,  // unauthorized: not an allowed relayer
        7 => Stale, // out of gas
        9 => Stale, // invalid height: the client has not got that far
        11 => PATH, // invalid chain id
        1 | 3..=6 | 8 | 10 | 12..=16 => PACKET,
        _ => return None,
    })
}

fn host(code: u32) -> Option<Class> {
    Some(match code {
        2 | 3 => PATH,
        4 => PACKET,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
