//! `--attack KIND@HEIGHT`: the first chain's validators sign another history, and its second node serves it.

use std::fmt;
use std::str::FromStr;

use devnet::chain::{Attack, AttackError, Chain, Conspiracy};
use devnet::network::RunningChain;
use serde::Serialize;
use types::ChainId;

use crate::exit::Failure;

/// How far above the head a forward lunatic's block stands.
const FORWARD_BLOCKS: u64 = 20;

/// An attack at a height, as it is written: `equivocation@30`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct AttackAt {
    /// Which one.
    pub(crate) kind: Kind,
    /// When the chain has this height, it is attacked; what is lied about is this block, or one far above it.
    pub(crate) height: u64,
}

/// How validators may lie to a light client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// Two blocks of one height, signed in the same round.
    Equivocation,
    /// Two blocks of one height, signed in different rounds.
    Amnesia,
    /// A block of a made-up state.
    Lunatic,
    /// One above the head of the chain.
    ForwardLunatic,
    /// A block that is not later than one before it.
    BftTime,
}

const KINDS: [(&str, Kind); 5] = [
    ("equivocation", Kind::Equivocation),
    ("amnesia", Kind::Amnesia),
    ("lunatic", Kind::Lunatic),
    ("forward-lunatic", Kind::ForwardLunatic),
    ("bft-time", Kind::BftTime),
];

impl FromStr for AttackAt {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parse = || {
            let (name, height) = text.split_once('@')?;
            let (_, kind) = KINDS.iter().find(|(known, _)| *known == name)?;
            // The first block has none before it that a fork could begin at.
            Some(Self { kind: *kind, height: height.parse().ok().filter(|height| *height > 1)? })
        };
        let names = KINDS.map(|(name, _)| name).join(", ");
        parse()
            .ok_or_else(|| format!("write KIND@HEIGHT, such as equivocation@30; kinds are {names}; heights begin at 2"))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = KINDS.iter().find(|(_, kind)| kind == self).map_or("", |(name, _)| name);
        f.write_str(name)
    }
}

impl From<Kind> for Attack {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Equivocation => Self::Equivocation,
            Kind::Amnesia => Self::Amnesia,
            Kind::Lunatic => Self::Lunatic,
            Kind::ForwardLunatic => Self::ForwardLunatic,
            Kind::BftTime => Self::BftTime,
        }
    }
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Attacked {
    pub(crate) chain: ChainId,
    kind: Kind,
    /// The last height that both histories have in common.
    common_height: Option<u64>,
    /// The height of the false block.
    pub(crate) height: u64,
    /// Where it is told.
    pub(crate) liar: String,
    /// Where the chain's own is told.
    honest: String,
}

impl fmt::Display for Attacked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { chain, kind, height, liar, honest, .. } = self;
        write!(
            f,
            "{chain} is attacked ({kind}): {liar} tells a false block of height {height}, {honest} the chain's own"
        )
    }
}

/// Waits until the chain has that height, and attacks.
///
/// # Errors
/// When the chain can't be attacked there.
pub(crate) async fn carry_out(attack: AttackAt, chain: &RunningChain) -> Result<Attacked, Failure> {
    chain.reached(attack.height).await;
    let [honest, liar, ..] = chain.nodes() else {
        return Err(Failure::Internal("an attack needs a second node".to_owned()));
    };
    let (id, fork) = chain.with(|chain| (chain.id().clone(), fork(chain, attack)));
    let fork = fork.map_err(|error| {
        Failure::wrong(format!("{id} can't be attacked ({}) at height {}: {error}", attack.kind, attack.height))
    })?;
    let attacked = Attacked {
        chain: id,
        kind: attack.kind,
        common_height: fork.common_height(),
        height: fork.height(),
        liar: format!("http://{}", liar.rpc()),
        honest: format!("http://{}", honest.rpc()),
    };
    liar.follow(Some(fork));
    Ok(attacked)
}

/// All validators lie together.
fn fork(chain: &Chain, attack: AttackAt) -> Result<Chain, AttackError> {
    let height = match attack.kind {
        Kind::Equivocation | Kind::Amnesia | Kind::Lunatic | Kind::BftTime => attack.height,
        Kind::ForwardLunatic => chain.height().saturating_add(FORWARD_BLOCKS),
    };
    chain.attack(attack.kind.into(), height, Conspiracy::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attack_is_a_kind_at_a_height() {
        for (name, kind) in KINDS {
            assert_eq!(format!("{name}@30").parse(), Ok(AttackAt { kind, height: 30 }));
            assert_eq!(kind.to_string(), name);
            assert_eq!(serde_json::json!(kind), name);
        }
    }

    #[test]
    fn what_is_no_attack_is_refused_with_the_kinds_there_are() {
        for text in ["", "equivocation", "equivocation@", "@30", "lunatic@1", "lunatic@0", "lunatic@-3", "theft@30"] {
            let refused = text.parse::<AttackAt>().unwrap_err();
            assert!(refused.contains("equivocation, amnesia, lunatic, forward-lunatic, bft-time"), "{text}: {refused}");
        }
    }
}
