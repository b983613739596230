//! The process: starts from what is durable, carries out the engine's steps, and dies within them.

use core::fmt::Write as _;

use engine::{Action, Engine, Event, Instant, Step};
use rand::Rng;

use crate::world::{Happening, World};

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

impl World {
    pub(crate) fn start(&mut self) {
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

    pub(crate) fn handle(&mut self, event: Event) {
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
}
