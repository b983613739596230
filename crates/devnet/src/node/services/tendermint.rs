//! `cosmos.base.tendermint.v1beta1.Service` (cosmos-sdk `client/grpc/cmtservice`).

use proto::Message;
use proto::cosmos::base::query::v1beta1::{PageRequest, PageResponse};
use proto::cosmos::base::tendermint::v1beta1 as raw;
use proto::tendermint_proto::v0_38::p2p::{DefaultNodeInfo, DefaultNodeInfoOther, ProtocolVersion};
use proto::tendermint_proto::v0_38::types::{Block as RawBlock, BlockId};

use super::{Result, read, unimplemented, unknown};
use crate::app::address::Address;
use crate::app::kind::{Code, Status};
use crate::chain::Block;
use crate::node::fault::Fault;
use crate::node::identity::{CHANNELS, COMETBFT_VERSION, PROTOCOLS};
use crate::node::json_rpc::Failure;
use crate::node::method::Method;
use crate::node::view::View;
use crate::node::{NodeState, methods, wire};

/// The version of the SDK whose words the services speak.
const SDK_VERSION: &str = "v0.53.4";

/// Validators on a page, if nobody says how many; 100 at most, as JSON-RPC has it.
const LIMIT: u64 = 100;

pub(super) fn ask(node: &NodeState, method: Method, name: &str, request: &[u8]) -> Result {
    match name {
        "GetNodeInfo" => Ok(node_info(node, method).encode_to_vec()),
        "GetSyncing" => {
            let faults = node.faults.of(method);
            let syncing = faults.iter().any(|fault| matches!(fault, Fault::CatchingUp));
            Ok(raw::GetSyncingResponse { syncing }.encode_to_vec())
        }
        "GetLatestBlock" => node.view(method, |view| {
            let view = view.of_blocks();
            let block = view.newest().ok_or_else(|| Status::new(Code::Unknown, "there is no block"))?;
            let (block_id, block, sdk_block) = told(node, block);
            Ok(raw::GetLatestBlockResponse { block_id, block, sdk_block }.encode_to_vec())
        }),
        "GetBlockByHeight" => {
            let asked = read::<raw::GetBlockByHeightRequest>(request)?.height;
            node.view(method, |view| block_by_height(node, &view.of_blocks(), asked))
        }
        "GetLatestValidatorSet" => {
            let asked = read::<raw::GetLatestValidatorSetRequest>(request)?;
            node.view(method, |view| validator_set(node, &view.of_blocks(), asked.pagination.as_ref()))
        }
        _ => Err(unimplemented("cosmos.base.tendermint.v1beta1.Service", name)),
    }
}

fn node_info(node: &NodeState, method: Method) -> raw::GetNodeInfoResponse {
    let faults = node.faults.of(method);
    let claimed = faults.into_iter().find_map(|fault| match fault {
        Fault::ChainId(id) => Some(id),
        _ => None,
    });
    let (app, version, chain_id) = node.view(method, |view| {
        let app = view.newest().map_or(0, |block| block.header.version.app);
        (app, methods::app_version_text(view), view.newest_chain().id().to_string())
    });
    raw::GetNodeInfoResponse {
        default_node_info: Some(DefaultNodeInfo {
            protocol_version: Some(ProtocolVersion { p2p: PROTOCOLS.0, block: PROTOCOLS.1, app }),
            default_node_id: node.identity.id.clone(),
            listen_addr: "tcp://127.0.0.1:0".to_owned(),
            network: claimed.unwrap_or(chain_id),
            version: COMETBFT_VERSION.to_owned(),
            channels: hex::decode(CHANNELS).unwrap_or_default(),
            moniker: node.identity.moniker.clone(),
            other: Some(DefaultNodeInfoOther {
                tx_index: if node.indexes_txs() { "on" } else { "off" }.to_owned(),
                rpc_address: format!("tcp://{}", node.rpc),
            }),
        }),
        application_version: Some(raw::VersionInfo {
            name: "simapp".to_owned(),
            app_name: methods::APP_NAME.to_owned(),
            version,
            cosmos_sdk_version: SDK_VERSION.to_owned(),
            ..raw::VersionInfo::default()
        }),
    }
}

fn block_by_height(node: &NodeState, view: &View<'_>, asked: i64) -> Result {
    if u64::try_from(asked).is_ok_and(|asked| asked > view.head()) {
        let text = "requested block height is bigger then the chain length";
        return Err(Status::new(Code::InvalidArgument, text));
    }
    let height = methods::height(view, Some(asked), view.head()).map_err(unknown)?;
    let missing = || unknown(Failure::new(format!("could not find block #{height}")));
    let (block_id, block, sdk_block) = told(node, view.block(height).ok_or_else(missing)?);
    Ok(raw::GetBlockByHeightResponse { block_id, block, sdk_block }.encode_to_vec())
}

fn validator_set(node: &NodeState, view: &View<'_>, page: Option<&PageRequest>) -> Result {
    let (offset, limit) = page.map_or((0, 0), |page| (page.offset, page.limit));
    let limit = if limit == 0 { LIMIT } else { limit.min(LIMIT) };
    let newest = view.newest().ok_or_else(|| Status::new(Code::Unknown, "there is no block"))?;
    let set = &newest.next_validators;
    let total = set.len() as u64;
    let (page, pages) = ((offset / limit).saturating_add(1), total.div_ceil(limit).max(1));
    if page > pages {
        return Err(Status::new(Code::Unknown, format!("page should be within [1, {pages}] range, given {page}")));
    }
    let validator = |info: &::tendermint::validator::Info| raw::Validator {
        address: consensus_address(node, info.address.as_bytes()),
        pub_key: Some(types::wire::pack(&proto::cosmos::crypto::ed25519::PubKey { key: info.pub_key.to_bytes() })),
        voting_power: i64::try_from(info.power()).unwrap_or(i64::MAX),
        proposer_priority: info.proposer_priority.value(),
    };
    let skipped = usize::try_from((page - 1) * limit).unwrap_or(usize::MAX);
    let shown = usize::try_from(limit).unwrap_or(usize::MAX);
    let response = raw::GetLatestValidatorSetResponse {
        block_height: i64::try_from(view.head() + 1).unwrap_or(i64::MAX),
        validators: set.validators().iter().skip(skipped).take(shown).map(validator).collect(),
        pagination: Some(PageResponse { total, ..PageResponse::default() }),
    };
    Ok(response.encode_to_vec())
}

/// A block as CometBFT writes it, and as the SDK does: with the proposer's address as text.
fn told(node: &NodeState, block: &Block) -> (Option<BlockId>, Option<RawBlock>, Option<raw::Block>) {
    let whole = wire::block(block);
    let header = whole.header.clone().map(|header| raw::Header {
        version: header.version,
        chain_id: header.chain_id,
        height: header.height,
        time: header.time,
        last_block_id: header.last_block_id,
        last_commit_hash: header.last_commit_hash,
        data_hash: header.data_hash,
        validators_hash: header.validators_hash,
        next_validators_hash: header.next_validators_hash,
        consensus_hash: header.consensus_hash,
        app_hash: header.app_hash,
        last_results_hash: header.last_results_hash,
        evidence_hash: header.evidence_hash,
        proposer_address: consensus_address(node, &header.proposer_address),
    });
    let sdk_block = raw::Block {
        header,
        data: whole.data.clone(),
        evidence: whole.evidence.clone(),
        last_commit: whole.last_commit.clone(),
    };
    (Some(block.id.into()), Some(whole), Some(sdk_block))
}

fn consensus_address(node: &NodeState, address: &[u8]) -> String {
    Address(address.to_vec()).to_text(&format!("{}valcons", node.chain.genesis.prefix))
}
