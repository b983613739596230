//! The ICS-20 traces of ibc-go (`modules/apps/transfer/keeper/model_based_tests`), made from a TLA+ model of transfers:
//! handlers of the devnet's transfer module, with the balances before and after, run as ibc-go's own driver
//! (`mbt_relay_test.go`) runs them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use devnet::app::address::Address;
use devnet::app::bank;
use devnet::app::context::{BlockInfo, Ctx, Mode, store};
use devnet::app::error::Result;
use devnet::app::gas::GasMeter;
use devnet::app::ibc::channel::Acknowledged;
use devnet::app::ibc::{client, connection};
use devnet::app::transfer::{self, Denom, TransferData};
use devnet::state::MultiStore;
use proto::Message;
use proto::cosmos::base::v1beta1::Coin;
use proto::google::protobuf::Any;
use proto::ibc::applications::transfer::v1::MsgTransfer;
use proto::ibc::core::channel::v1 as raw;
use proto::ibc::core::client::v1::Height as RawHeight;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use types::client::{TrustThreshold, sdk_proof_specs, sdk_upgrade_path};
use types::{ChannelId, ClientState, ConsensusState, Height, PortId, Timestamp, host};

use crate::{json_files, vectors};

const FILES: usize = 13;
const CLIENT: &str = "07-tendermint-0";
const DAY: std::time::Duration = std::time::Duration::from_secs(86_400);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Step {
    packet: Packet,
    handler: String,
    bank_before: Vec<Balance>,
    bank_after: Vec<Balance>,
    error: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Packet {
    source_channel: String,
    source_port: String,
    dest_channel: String,
    dest_port: String,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    sender: String,
    receiver: String,
    amount: String,
    denom: Vec<String>,
}

#[derive(Deserialize)]
struct Balance {
    address: [String; 3],
    denom: Vec<String>,
    amount: i128,
}

/// What accounts hold, by address and coin.
type Balances = BTreeMap<(Address, String), i128>;

#[test]
fn transfers_move_balances_as_the_model_says() {
    let Some(folder) = vectors("ics20") else { return };
    let files = json_files(&folder);
    assert_eq!(files.len(), FILES, "{}", folder.display());
    for (file, steps) in files {
        let steps: Vec<Step> = serde_json::from_value(steps).unwrap();
        let mut ctx = chain();
        let watched = watched(&steps);
        for (index, step) in steps.iter().enumerate() {
            let name = format!("{file} # {}", index + 1);
            let before = balances(&mut ctx, &watched);
            let outcome = if is_packet_valid(&step.packet) { run(&mut ctx, step) } else { Ok(false) };
            match outcome {
                Ok(true) => {
                    let change = difference(&balances(&mut ctx, &watched), &before);
                    let expected = difference(&named(&step.bank_after), &named(&step.bank_before));
                    assert_eq!((change == expected), !step.error, "{name}: {change:?} is not {expected:?}");
                }
                Ok(false) => assert!(step.error, "{name}: the packet is malformed"),
                Err(error) => {
                    assert!(step.error, "{name}: {error}");
                    assert_eq!(balances(&mut ctx, &watched), before, "{name}: a failure left something");
                }
            }
        }
    }
}

/// `Packet.ValidateBasic`, as the driver asks before any handler.
fn is_packet_valid(packet: &Packet) -> bool {
    let is_port = |id: &str| id.parse::<PortId>().is_ok();
    let is_channel = |id: &str| id.parse::<ChannelId>().is_ok();
    is_port(&packet.source_port)
        && is_port(&packet.dest_port)
        && is_channel(&packet.source_channel)
        && is_channel(&packet.dest_channel)
}

/// Runs a handler; false where the driver gives up before it.
fn run(ctx: &mut Ctx, step: &Step) -> Result<bool> {
    let Packet { source_channel, source_port, dest_channel, dest_port, .. } = &step.packet;
    let data = transfer_data(ctx, &step.packet.data);
    let source = (source_port.as_str(), source_channel.as_str());
    let destination = (dest_port.as_str(), dest_channel.as_str());
    if step.handler != "OnRecvPacket" && !transfer::has_denom(ctx, &data.denom)? {
        transfer::set_denom(ctx, &data.denom)?;
    }
    ctx.attempt(|ctx| match step.handler.as_str() {
        "SendTransfer" => send(ctx, source, &data),
        "OnRecvPacket" => transfer::receive(ctx, &data, source, destination),
        "OnTimeoutPacket" => transfer::time_out(ctx, source, &data),
        "OnRecvAcknowledgementResult" => transfer::acknowledge(ctx, source, &data, &Acknowledged::result(&[]).bytes),
        "OnRecvAcknowledgementError" => transfer::acknowledge(ctx, source, &data, &Acknowledged::error_code(1).bytes),
        other => panic!("no such handler: {other}"),
    })?;
    Ok(true)
}

/// `MsgTransfer`, without a look at it, as the driver does.
fn send(ctx: &mut Ctx, (port, channel): (&str, &str), data: &TransferData) -> Result<()> {
    let message = MsgTransfer {
        source_port: port.to_owned(),
        source_channel: channel.to_owned(),
        token: Some(Coin { denom: data.denom.ibc_denom(), amount: data.amount.clone() }),
        sender: data.sender.clone(),
        receiver: data.receiver.clone(),
        timeout_height: Some(RawHeight { revision_number: 1, revision_height: 110 }),
        timeout_timestamp: 0,
        memo: String::new(),
    };
    let [kind] = transfer::MESSAGES else { panic!("transfer has one message") };
    (kind.handle)(ctx, &message.encode_to_vec()).map(drop)
}

fn transfer_data(ctx: &Ctx, data: &Data) -> TransferData {
    TransferData {
        denom: Denom::from_path(&path(&data.denom)),
        amount: data.amount.clone(),
        sender: ctx.text_of(&address(&data.sender)),
        receiver: ctx.text_of(&address(&data.receiver)),
        memo: String::new(),
    }
}

/// `crypto.AddressHash` of a name.
fn address(name: &str) -> Address {
    Address(Sha256::digest(name.as_bytes())[..20].to_vec())
}

/// A name, or port and channel of an escrow account.
fn owner([port, channel, name]: &[String; 3]) -> Address {
    if port.is_empty() && channel.is_empty() {
        return address(name);
    }
    assert!(name.is_empty(), "neither an account nor an escrow: {port} {channel} {name}");
    let escrow = transfer::escrow_address(&port.parse().unwrap(), &channel.parse().unwrap());
    assert_eq!(escrow, address(&format!("ics20-1\0{port}/{channel}")));
    escrow
}

/// The model fills the front of a path with pairs of empty texts.
fn path(parts: &[String]) -> String {
    let pairs = parts.len() / 2;
    let empty = (0..pairs).take_while(|pair| parts[2 * pair].is_empty() && parts[2 * pair + 1].is_empty()).count();
    parts[2 * empty..].join("/")
}

/// Balances of the model. The null coin, nothing of nobody, is none.
fn named(balances: &[Balance]) -> Balances {
    let named = balances.iter().map(|balance| (owner(&balance.address), path(&balance.denom), balance.amount));
    let real = named.filter(|(owner, path, _)| !(path.is_empty() && *owner == address("")));
    real.map(|(owner, path, amount)| ((owner, Denom::from_path(&path).ibc_denom()), amount)).collect()
}

/// All accounts and coins that a trace can touch: both ends' names for every coin, and the escrow accounts.
fn watched(steps: &[Step]) -> BTreeSet<(Address, String)> {
    let mut owners = BTreeSet::from([Address::of_module(transfer::PORT)]);
    let mut coins = BTreeSet::new();
    for Step { packet, bank_before, bank_after, .. } in steps {
        owners.extend([address(&packet.data.sender), address(&packet.data.receiver)]);
        for (port, channel) in
            [(&packet.source_port, &packet.source_channel), (&packet.dest_port, &packet.dest_channel)]
        {
            owners.insert(address(&format!("ics20-1\0{port}/{channel}")));
            owners.insert(address(&format!("ics20-1\0transfer/{channel}")));
        }
        let denom = path(&packet.data.denom);
        let come_back = denom.split('/').skip(2).collect::<Vec<_>>().join("/");
        let gone_on = format!("{}/{}/{denom}", packet.dest_port, packet.dest_channel);
        coins.extend([denom, come_back, gone_on].map(|path| Denom::from_path(&path).ibc_denom()));
        for (owner, coin) in named(bank_before).into_keys().chain(named(bank_after).into_keys()) {
            owners.insert(owner);
            coins.insert(coin);
        }
    }
    owners.iter().flat_map(|owner| coins.iter().map(|coin| (owner.clone(), coin.clone()))).collect()
}

fn balances(ctx: &mut Ctx, watched: &BTreeSet<(Address, String)>) -> Balances {
    let balance = |(owner, coin): &(Address, String)| {
        let amount = bank::balance(ctx, owner, coin).unwrap();
        ((owner.clone(), coin.clone()), i128::try_from(amount).unwrap())
    };
    watched.iter().map(balance).collect()
}

/// What has changed, without what has not.
fn difference(after: &Balances, before: &Balances) -> Balances {
    let mut change = after.clone();
    for (key, amount) in before {
        *change.entry(key.clone()).or_default() -= amount;
    }
    change.retain(|_, amount| *amount != 0);
    change
}

/// Chain B of the driver: `channel-0` to A and `channel-1` to C. Here both go over one connection: which chain is
/// behind a channel makes no difference to balances.
fn chain() -> Ctx {
    let mut ctx = Ctx {
        state: MultiStore::new(&store::ALL),
        block: BlockInfo {
            chain_id: "testchain2-1".parse().unwrap(),
            height: 20,
            time: Timestamp(100_000),
            proposer: [0; 20],
            next_validators_hash: [0; 32],
        },
        prefix: Arc::from("cosmos"),
        mode: Mode::Deliver,
        gas: GasMeter::unlimited(),
        events: Vec::new(),
    };
    client::init_genesis(&mut ctx).unwrap();
    connection::init_genesis(&mut ctx).unwrap();
    transfer::init_genesis(&mut ctx).unwrap();
    connect(&mut ctx);
    for (channel, remote) in [("channel-0", "channel-0"), ("channel-1", "channel-0")] {
        let end = raw::Channel {
            state: raw::State::Open.into(),
            ordering: raw::Order::Unordered.into(),
            counterparty: Some(raw::Counterparty { port_id: "transfer".to_owned(), channel_id: remote.to_owned() }),
            connection_hops: vec!["connection-0".to_owned()],
            version: transfer::VERSION.to_owned(),
            upgrade_sequence: 0,
        };
        let (port, channel) = ("transfer".parse().unwrap(), channel.parse().unwrap());
        write(&mut ctx, &host::channel_end_key(&port, &channel), end.encode_to_vec());
        write(&mut ctx, &host::next_sequence_send_key(&port, &channel), 1_u64.to_be_bytes().to_vec());
    }
    ctx
}

fn connect(ctx: &mut Ctx) {
    let client = CLIENT.parse().unwrap();
    let latest_height = Height { revision_number: 1, revision_height: 10 };
    let state = ClientState {
        chain_id: "testchain1-1".parse().unwrap(),
        trust_level: TrustThreshold::new(1, 3).unwrap(),
        trusting_period: 14 * DAY,
        unbonding_period: 21 * DAY,
        max_clock_drift: DAY,
        frozen_height: None,
        latest_height,
        proof_specs: sdk_proof_specs(),
        upgrade_path: sdk_upgrade_path(),
        allow_update_after_expiry: false,
        allow_update_after_misbehaviour: false,
    };
    let consensus =
        ConsensusState { timestamp: Timestamp(1_000), root: vec![0; 32], next_validators_hash: vec![0; 32] };
    let connection = types::ConnectionEnd {
        client: CLIENT.parse().unwrap(),
        versions: vec![types::connection::Version::default()],
        state: types::ConnectionState::Open,
        counterparty: types::connection::Counterparty {
            client: CLIENT.parse().unwrap(),
            connection: Some("connection-0".parse().unwrap()),
            prefix: types::MerklePrefix::default(),
        },
        delay_period: std::time::Duration::ZERO,
    };
    let connection = proto::ibc::core::connection::v1::ConnectionEnd::from(connection);
    write(ctx, &host::client_state_key(&client), Any::from(state).encode_to_vec());
    write(ctx, &host::consensus_state_key(&client, latest_height), Any::from(consensus).encode_to_vec());
    write(ctx, &host::connection_key(&"connection-0".parse().unwrap()), connection.encode_to_vec());
}

fn write(ctx: &mut Ctx, key: &types::CommitmentKey, value: Vec<u8>) {
    ctx.set(store::IBC, key.as_bytes(), value).unwrap();
}
