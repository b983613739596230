//! Two model chains, the engine and its driver in virtual time. Everything that happens is drawn from one seed.

use core::fmt::Write as _;
use core::time::Duration;
use std::collections::BTreeMap;

use engine::{
    Action, ChainOptions, ChannelKey, ChannelPath, ChannelPattern, Engine, Event, Instant, LaneId, Options, Path,
    PathEnd, PathId, Policy, RequestId, Sequences, Step,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use types::{ChainId, Order};

use crate::chain::Chain;
use crate::durable::Durable;
use crate::faults::{Faults, strikes};
use crate::state::{End, State};

/// A way to break the relayer's shell on purpose, to see that the rules notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sabotage {
    /// The store loses the outbox.
    LosesOutbox,
    /// The store loses packets.
    LosesPackets,
    /// Actions leave before their writes.
    ActsBeforeWriting,
    /// Outcomes of requests are not kept.
    LosesOutcomes,
    /// A request that the node threw out is taken for over, and begun anew, though other nodes may hold it still.
    ForgetsThrownOut,
}

/// Something that is to happen.
#[derive(Debug)]
pub(crate) enum Happening {
    /// A chain makes a block.
    Block(usize),
    /// A driver performs an action, for the process of that number.
    Perform(u32, Box<Action>),
    /// The process of that number learns something.
    Told(u32, Box<Event>),
    /// `Step::wake_at`.
    Wake(u32, Instant),
    /// The process starts.
    Start,
}

/// When the faults stop, in milliseconds.
pub(crate) const FAULTS_END: u64 = 90_000;

/// From when on a world in which nothing is left to come is judged, in milliseconds: packets time out until then.
const SETTLED: u64 = FAULTS_END + 60_000;

/// When every packet must be over, in milliseconds. Quarantined legs are tried at most a minute apart.
pub(crate) const ALL_END: u64 = 420_000;

/// The world.
pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) chance: ChaCha8Rng,
    pub(crate) now: u64,
    queue: BTreeMap<(u64, u64), Happening>,
    queued: u64,
    pub(crate) chains: [Chain; 2],
    pub(crate) options: Options,
    pub(crate) durable: Durable,
    pub(crate) engine: Option<Engine>,
    pub(crate) process: u32,
    pub(crate) faults: Faults,
    keeps_blocks: bool,
    pub(crate) sabotage: Option<Sabotage>,
    pub(crate) crashes: usize,
    pub(crate) lies: usize,
    pub(crate) signatures: u64,
    /// Searches so far.
    pub(crate) recoveries: u64,
    /// The wallet is empty until then.
    pub(crate) broke_until: u64,
    /// Requests that the caller still waits for, and how they ended.
    pub(crate) requests: BTreeMap<RequestId, usize>,
    pub(crate) outcomes: BTreeMap<RequestId, engine::Outcome>,
    trace: Fnv,
    sends_left: usize,
}

/// FNV-1a: names a trace.
struct Fnv(u64);

impl core::fmt::Write for Fnv {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Ok(())
    }
}

fn end_of(id: &str, client: &str) -> PathEnd {
    PathEnd {
        chain: id.parse().expect("a chain id"),
        client: client.parse().expect("a client id"),
        connection: "connection-0".parse().expect("a connection id"),
    }
}

impl World {
    pub(crate) fn new(seed: u64, faults: Option<Faults>, sabotage: Option<Sabotage>) -> Self {
        let mut chance = ChaCha8Rng::seed_from_u64(seed);
        let drawn = Faults::draw(&mut chance);
        let faults = faults.unwrap_or(drawn);
        let orders = [Order::Unordered, if chance.gen_bool(0.5) { Order::Ordered } else { Order::Unordered }];
        let ends = |side: &str| -> Vec<End> {
            let end = |(i, order): (usize, &Order)| End::new("transfer", &format!("channel-{side}{i}"), *order);
            orders.iter().enumerate().map(end).collect()
        };
        let poison_until = chance.gen_range(0..60);
        let state = |side| State { ends: ends(side), poison_until, ..State::default() };
        let chains = [Chain::new("alpha-1", state("1")), Chain::new("beta-2", state("2"))];
        let options = options(&chains, &mut chance);
        let mut world = Self {
            seed,
            sends_left: chance.gen_range(10..60),
            chance,
            now: 0,
            queue: BTreeMap::new(),
            queued: 0,
            chains,
            options,
            durable: Durable::default(),
            engine: None,
            process: 0,
            keeps_blocks: faults.kept_blocks == 0,
            faults,
            sabotage,
            crashes: 0,
            lies: 0,
            signatures: 0,
            recoveries: 0,
            broke_until: 0,
            requests: BTreeMap::new(),
            outcomes: BTreeMap::new(),
            trace: Fnv(0xcbf2_9ce4_8422_2325),
        };
        for i in 0..world.chance.gen_range(0..12) {
            world.requests.insert(RequestId(format!("step-{i}")), i % 2);
        }
        world.after(0, Happening::Block(0));
        world.after(350, Happening::Block(1));
        let start = world.chance.gen_range(0..15_000);
        world.after(start, Happening::Start);
        world
    }

    /// Lets something happen in so many milliseconds.
    pub(crate) fn after(&mut self, millis: u64, happening: Happening) {
        self.queued += 1;
        self.queue.insert((self.now + millis, self.queued), happening);
    }

    /// Lets the process learn something after a while.
    pub(crate) fn tell(&mut self, event: Event) {
        let millis = self.latency();
        self.tell_after(millis, event);
    }

    pub(crate) fn tell_after(&mut self, millis: u64, event: Event) {
        self.after(millis, Happening::Told(self.process, Box::new(event)));
    }

    pub(crate) fn latency(&mut self) -> u64 {
        self.chance.gen_range(1..=self.faults.latency_max)
    }

    pub(crate) fn strikes(&mut self, thousandths: u32) -> bool {
        strikes(&mut self.chance, thousandths)
    }

    pub(crate) fn index(&self, chain: &ChainId) -> usize {
        usize::from(self.chains[1].id == *chain)
    }

    pub(crate) fn is_over(&self) -> bool {
        self.now >= FAULTS_END
    }

    /// Runs until everything must be over. Gives the trace's hash.
    pub(crate) fn run(&mut self) -> u64 {
        let mut has_faults = true;
        while let Some(((at, _), happening)) = self.queue.pop_first() {
            self.now = at;
            if has_faults && self.is_over() {
                has_faults = false;
                self.faults = self.faults.none();
                self.ask_to_clear();
            }
            if self.now > ALL_END || (self.now > SETTLED && self.is_settled()) {
                break;
            }
            self.happen(happening);
        }
        self.trace.0
    }

    /// Is nothing left to come?
    fn is_settled(&self) -> bool {
        let is_idle = self.engine.as_ref().is_some_and(Engine::is_idle);
        let unended = self.unended();
        let is_forgotten = self.durable.packets.keys().all(|key| unended.contains(key));
        is_idle && is_forgotten && unended.is_subset(&self.stuck()) && self.requests.is_empty()
    }

    /// Somebody wants everything to be cleared.
    pub(crate) fn ask_to_clear(&mut self) {
        let channels = self.channel_keys().into_iter().map(|(_, _, key)| key).collect();
        self.tell(Event::ClearRequested { channels });
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Block(index) => self.block(index),
            Happening::Start => self.start(),
            Happening::Told(process, event) if process == self.process => {
                // A caller that has forgotten its request does not make it again.
                if !matches!(&*event, Event::RequestMade { request } if !self.requests.contains_key(&request.id)) {
                    self.handle(*event);
                }
            }
            Happening::Perform(process, action) if process == self.process => self.perform(*action),
            Happening::Perform(_, action) => self.perform_after_death(*action),
            Happening::Wake(process, at) if process == self.process && at.0 <= self.now => self.handle(Event::Woken),
            Happening::Told(..) | Happening::Wake(..) => {}
        }
    }

    fn start(&mut self) {
        let records = self.durable.records();
        let seed = self.chance.r#gen();
        self.engine = Some(Engine::restore(records, self.options.clone(), seed));
        for index in 0..2 {
            if self.chains[index].height() > 0 {
                let (chain, head) = (self.chains[index].id.clone(), self.chains[index].head());
                self.tell(Event::HeadObserved { chain, head });
            }
        }
        for request in self.requests.keys().cloned().collect::<Vec<_>>() {
            // Where blocks may be lost, an outcome may be too: the caller asks the chain first how far it is.
            if self.keeps_blocks || !self.is_done(&request) {
                self.ask(&request);
            } else {
                self.requests.remove(&request);
            }
        }
    }

    fn handle(&mut self, event: Event) {
        let Some(engine) = &mut self.engine else { return };
        let step = engine.handle(event.clone(), Instant(self.now + 1_700_000_000_000));
        if std::env::var_os("LIGHTSHIP_SIM_TRACE").is_some() {
            self.show(&event, &step);
        }
        write!(self.trace, "{} {event:?} {step:?}", self.now).expect("a hash takes everything");
        self.carry_out(step);
    }

    #[expect(clippy::print_stdout, reason = "asked for, to read a failing seed")]
    fn show(&self, event: &Event, step: &Step) {
        let short = |text: String| text.chars().take(600).collect::<String>();
        println!("{:>7} [{}] {}", self.now, self.process, short(format!("{event:?}")));
        for write in &step.writes {
            println!("            write {}", short(format!("{write:?}")));
        }
        for action in &step.actions {
            println!("            act   {}", short(format!("{action:?}")));
        }
    }

    /// Writes, then acts; the process may die before each write and each action.
    fn carry_out(&mut self, step: Step) {
        let parts = step.writes.len() + step.actions.len();
        let dies = self.strikes(self.faults.crash) && self.now > 0;
        let cut = if dies { self.chance.gen_range(0..=parts) } else { parts };
        if self.sabotage == Some(Sabotage::ActsBeforeWriting) {
            let actions = step.actions.iter().take(cut).cloned();
            actions.collect::<Vec<_>>().into_iter().for_each(|action| self.act(action));
        }
        let writes = step.writes.len();
        for record in step.writes.into_iter().take(cut) {
            if !self.loses(&record) {
                self.durable.apply(record);
            }
        }
        if self.sabotage != Some(Sabotage::ActsBeforeWriting) {
            for action in step.actions.into_iter().take(cut.saturating_sub(writes)) {
                self.act(action);
            }
        }
        if dies {
            let most = if self.chance.gen_bool(0.5) { 300 } else { 8_000 };
            return self.die(most);
        }
        if let Some(at) = step.wake_at {
            let millis = at.0.saturating_sub(self.now + 1_700_000_000_000);
            self.after(millis, Happening::Wake(self.process, Instant(self.now + millis)));
        }
    }

    /// The process ends, and is started anew within so many milliseconds.
    pub(crate) fn die(&mut self, most: u64) {
        self.crashes += 1;
        self.engine = None;
        self.process += 1;
        let millis = self.chance.gen_range(10..most);
        self.after(millis, Happening::Start);
    }

    fn loses(&self, record: &engine::Record) -> bool {
        match (self.sabotage, record) {
            (Some(Sabotage::LosesOutbox), engine::Record::Outbox { .. })
            | (Some(Sabotage::LosesPackets), engine::Record::Packet { .. })
            | (Some(Sabotage::LosesOutcomes), engine::Record::Concluded { .. }) => true,
            (_, _) => false,
        }
    }

    fn act(&mut self, action: Action) {
        self.judge_action(&action);
        let millis = match action {
            Action::Conclude { .. } | Action::Notify { .. } => 0,
            _ => self.latency(),
        };
        self.after(millis, Happening::Perform(self.process, Box::new(action)));
    }

    /// Users send while there are faults.
    pub(crate) fn sends_left(&mut self) -> &mut usize {
        &mut self.sends_left
    }

    /// The channel ends that packets are sent from.
    pub(crate) fn channel_keys(&self) -> Vec<(usize, usize, ChannelKey)> {
        let mut keys = Vec::new();
        for (side, chain) in self.chains.iter().enumerate() {
            for (index, end) in chain.state.ends.iter().enumerate() {
                let (port, channel) = (end.port.clone(), end.channel.clone());
                keys.push((side, index, ChannelKey { chain: chain.id.clone(), port, channel }));
            }
        }
        keys
    }

    pub(crate) fn lane(&self, side: usize) -> LaneId {
        LaneId { chain: self.chains[side].id.clone(), address: self.chains[side].address.clone() }
    }
}

fn excluded() -> (ChannelPattern, Sequences) {
    ("*/channel-*0".parse().expect("a pattern"), "2,5-6".parse().expect("sequences"))
}

fn options(chains: &[Chain; 2], chance: &mut ChaCha8Rng) -> Options {
    let mut by_chain = BTreeMap::new();
    for chain in chains {
        let options = ChainOptions {
            lane: LaneId { chain: chain.id.clone(), address: chain.address.clone() },
            batch_msgs_max: chance.gen_range(1..=8),
            tx_bytes_max: if chance.gen_bool(0.2) { 1_500 } else { 100_000 },
            in_flight_max: chance.gen_range(1..=4),
            tx_lifetime_blocks: chance.gen_range(4..=30),
            sweep_interval_blocks: chance.gen_range(10..=30),
            timeout_margin_blocks: chance.gen_range(0..=2),
            block_time: Duration::from_secs(1),
        };
        by_chain.insert(chain.id.clone(), options);
    }
    // An operator refuses some packets of the first channel, which is unordered.
    let excluded = if chance.gen_bool(0.3) { vec![excluded()] } else { Vec::new() };
    let policy = Policy { excluded, ..Policy::default() };
    let ends = chains[0].state.ends.iter().zip(&chains[1].state.ends);
    let channels = ends.map(|(a, b)| ChannelPath {
        a: (a.port.clone(), a.channel.clone()),
        b: (b.port.clone(), b.channel.clone()),
        order: a.order,
    });
    Options {
        chains: by_chain,
        paths: vec![Path {
            id: PathId("alpha-beta".into()),
            a: end_of("alpha-1", "07-tendermint-1"),
            b: end_of("beta-2", "07-tendermint-2"),
            channels: channels.collect(),
            policy: policy.into(),
        }],
        backoff_min: Duration::from_millis(200),
        backoff_max: Duration::from_secs(20),
        leg_tries_max: 3,
        batch_legs_max: chance.gen_range(4..=30),
    }
}
