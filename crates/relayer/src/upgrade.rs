//! ICS-02/ICS-07 `upgradeClient`: a client follows its chain over an upgrade that changes what clients rest on, such as
//! the chain's id (ibc-go `07-tendermint/upgrade.go`, `02-client/abci.go`).
//!
//! Before it halts for an upgrade at height H, the chain has committed to the client state and the consensus state that
//! clients go on with, in the store that the client's `upgrade_path` names. The header of H proves that: the client is
//! brought to H first, in the same transaction.

use prost::Message as _;
use proto::google::protobuf::Any;
use types::message::MsgUpgradeClient;
use types::{BlockHeight, ChainId, ClientId, ClientState, CommitmentKey, ConsensusState, Height, MerklePrefix, host};

use crate::chain::Chain;
use crate::clock::Clock;
use crate::control::Handle;
use crate::message;
use crate::proofs::{ProofBase, ProofError};
use crate::update::{ClientError, submit};

/// What an upgrade did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upgraded {
    /// The chain that the client tracked.
    pub chain_before: ChainId,
    /// The client's newest height before.
    pub before: Height,
    /// The chain that it tracks now.
    pub chain_after: ChainId,
    /// Its newest height now.
    pub after: Height,
}

/// Brings `client` on `host` over the upgrade that the chain it tracks planned for `height`. `tracked` must still serve
/// the chain as it was before.
///
/// # Errors
/// See [`ClientError`]; nothing is sent that was not proven here.
pub async fn upgrade_client(
    host: &Chain,
    tracked: &Chain,
    client: &ClientId,
    height: BlockHeight,
    handle: &Handle,
    clock: &Clock,
) -> Result<Upgraded, ClientError> {
    let state = host.query().client_state(client).await?;
    let head = tracked.fresh_head().await?.height;
    if head < height {
        return Err(ClientError::NotYet { chain: tracked.id.clone(), head, wanted: height });
    }
    if state.latest_height.revision_height > height.0 {
        return Err(ClientError::Upgrade(format!(
            "client {client} on {} is at {} already, above the upgrade height {height}: it can't be upgraded there any more",
            host.id, state.latest_height
        )));
    }
    let mut base = ProofBase::exactly(host, client, tracked, height).await?;
    let upgraded = Committed::read(tracked, &base, &state, height).await?;
    let mut messages = core::mem::take(&mut base.updates);
    messages.push(message(MsgUpgradeClient {
        client: client.clone(),
        client_state: upgraded.client_state,
        consensus_state: upgraded.consensus_state,
        client_proof: upgraded.client_proof,
        consensus_proof: upgraded.consensus_proof,
        signer: host.signer(),
    }));
    submit(host, client, "the client's upgrade", messages, handle, clock).await?;
    let after = host.query().client_state(client).await?;
    Ok(Upgraded {
        chain_before: state.chain_id,
        before: state.latest_height,
        chain_after: after.chain_id,
        after: after.latest_height,
    })
}

/// What the chain committed to, proven.
struct Committed {
    client_state: Any,
    consensus_state: Any,
    client_proof: Vec<u8>,
    consensus_proof: Vec<u8>,
}

impl Committed {
    async fn read(
        tracked: &Chain,
        base: &ProofBase,
        state: &ClientState,
        height: BlockHeight,
    ) -> Result<Self, ClientError> {
        let (store, keys) = keys(&state.upgrade_path, height)?;
        let proven = base.prove_store(tracked, &store, &keys).await?;
        let mut values = Vec::with_capacity(keys.len());
        for (key, proven) in keys.iter().zip(proven) {
            let Some(value) = proven.value else {
                let planned = format!("{} planned no upgrade of its clients at {height}", tracked.id);
                return Err(ClientError::Upgrade(format!("{planned}: nothing stands under {key}")));
            };
            let any = Any::decode(value.as_slice()).map_err(|error| invalid(tracked, key, base, &error))?;
            values.push((any, proven.proof));
        }
        let absent = || ClientError::Upgrade(format!("{} answered in part", tracked.id));
        let (consensus_state, consensus_proof) = values.pop().ok_or_else(absent)?;
        let (client_state, client_proof) = values.pop().ok_or_else(absent)?;
        // Neither can be sent on if the host could not read it.
        let next = ClientStateParts::read(&client_state).map_err(|error| invalid(tracked, &keys[0], base, &error))?;
        ConsensusState::try_from(consensus_state.clone()).map_err(|error| invalid(tracked, &keys[1], base, &error))?;
        if next.latest_height <= base.height {
            return Err(ClientError::Upgrade(format!(
                "{} committed to a client at {}, which is not above {}",
                tracked.id, next.latest_height, base.height
            )));
        }
        Ok(Self { client_state, consensus_state, client_proof, consensus_proof })
    }
}

/// What matters of a committed client state: what each client is free to choose stands as zero in it (ibc-go
/// `ZeroCustomFields`), so that it is no whole [`ClientState`].
struct ClientStateParts {
    latest_height: Height,
}

impl ClientStateParts {
    fn read(any: &Any) -> Result<Self, types::WireError> {
        let raw: proto::ibc::lightclients::tendermint::v1::ClientState = types::wire::unpack(any)?;
        Ok(Self { latest_height: raw.latest_height.map(Height::from).unwrap_or_default() })
    }
}

fn invalid(tracked: &Chain, key: &CommitmentKey, base: &ProofBase, reason: &dyn core::fmt::Display) -> ProofError {
    ProofError::Invalid {
        chain: tracked.id.clone(),
        key: key.to_string(),
        at: base.query_height().0,
        reason: reason.to_string(),
    }
}

/// The store, and the keys of both states within it (`constructUpgradeClientMerklePath`).
fn keys(upgrade_path: &[String], height: BlockHeight) -> Result<(MerklePrefix, [CommitmentKey; 2]), ClientError> {
    let [store, folder] = upgrade_path else {
        let path = upgrade_path.join("/");
        return Err(ClientError::Upgrade(format!("the client's upgrade path {path:?} is not of a store and a folder")));
    };
    let keys = [host::upgraded_client_key(folder, height), host::upgraded_consensus_state_key(folder, height)];
    Ok((MerklePrefix(store.clone().into_bytes()), keys))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_upgrade_path_names_a_store_and_a_folder() {
        let (store, [client, consensus]) = keys(&types::client::sdk_upgrade_path(), BlockHeight(52)).unwrap();
        assert_eq!(store.0, b"upgrade");
        assert_eq!(client.as_bytes(), b"upgradedIBCState/52/upgradedClient");
        assert_eq!(consensus.as_bytes(), b"upgradedIBCState/52/upgradedConsState");
        let refused = keys(&["upgrade".to_owned()], BlockHeight(52)).unwrap_err();
        assert_eq!(refused.to_string(), "the client's upgrade path \"upgrade\" is not of a store and a folder");
    }
}
