//! Two model chains, the engine and its driver in virtual time. Everything that happens is drawn from one seed.

use std::collections::BTreeMap;

use engine::{Action, ChannelKey, Engine, Event, Instant, LaneId, Options, RequestId};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use types::{ChainId, Order};

use crate::chain::Chain;
use crate::durable::Durable;
use crate::end::End;
use crate::faults::{Faults, strikes};
use crate::options::options;
use crate::process::Sabotage;
use crate::state::State;

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
    pub(crate) keeps_blocks: bool,
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
    pub(crate) trace: Fnv,
    sends_left: usize,
}

/// FNV-1a: names a trace.
pub(crate) struct Fnv(u64);

impl core::fmt::Write for Fnv {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Ok(())
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
