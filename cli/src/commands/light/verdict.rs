//! What a witness made of the primary's header, as it is printed.

use light_client::{Attack, AttackKind, Divergence, Outcome, Side};
use relayer::light::{Contradiction, Grounds, Witnessed, majority};
use serde::Serialize;

use crate::output::printable;

/// One witness.
#[derive(Serialize)]
pub(super) struct Verdict {
    witness: String,
    pub(super) verdict: &'static str,
    reason: Option<String>,
    attack: Option<Shown>,
}

/// An attack.
#[derive(Serialize)]
pub(super) struct Shown {
    kind: AttackKind,
    /// The last block that both have, of those that were compared.
    common_height: u64,
    primary: Header,
    witness: Header,
    /// Who can be punished, if it is the primary that lies.
    byzantine: Vec<Byzantine>,
    liar: Option<&'static str>,
    /// Why that one is held for the liar.
    grounds: Option<&'static str>,
}

#[derive(Serialize)]
struct Header {
    height: u64,
    hash: String,
    time: String,
}

#[derive(Serialize)]
struct Byzantine {
    address: String,
    power: u64,
}

/// The witnesses, each with what is known of an attack by all of them together.
pub(super) fn verdicts(primary: &str, witnessed: &[Witnessed]) -> Vec<Verdict> {
    witnessed.iter().map(|one| Verdict::of(primary, one, witnessed)).collect()
}

impl Verdict {
    fn of(primary: &str, one: &Witnessed, all: &[Witnessed]) -> Self {
        let silence = || one.comparison.unable.as_ref().map(ToString::to_string);
        let (verdict, reason, attack) = match &one.comparison.outcome {
            Outcome::Agrees => ("agrees", None, None),
            Outcome::Behind { head } => ("behind", Some(format!("it is at height {head}")), None),
            Outcome::Silent => ("silent", silence(), None),
            Outcome::OtherChain { got, .. } => ("other_chain", Some(format!("it is a node of {got}")), None),
            Outcome::NoCommonBlock { height, got } => {
                ("no_common_block", Some(format!("where trust begins, at height {height}, it has {got}")), None)
            }
            Outcome::Unproven(invalid) => ("unproven", Some(format!("it can't prove what it has: {invalid}")), None),
            Outcome::Attack(attack) => ("attack", None, Some(Shown::of(primary, &one.witness, attack, all))),
        };
        Self { witness: one.witness.clone(), verdict, reason, attack }
    }

    /// In one line.
    pub(super) fn words(&self) -> String {
        let detail = match (&self.reason, &self.attack) {
            (_, Some(attack)) => format!(": {}", attack.words()),
            (Some(reason), None) => format!(": {}", printable(reason)),
            (None, None) => String::new(),
        };
        format!("{}: {}{detail}", self.witness, self.verdict)
    }
}

impl Shown {
    pub(super) fn of(primary: &str, witness: &str, attack: &Attack, all: &[Witnessed]) -> Self {
        let (primary, witness) = (primary.to_owned(), witness.to_owned());
        let liar = Contradiction { primary, witness, attack: attack.clone() }.liar(majority(attack, all));
        let case = &attack.against_primary;
        // A witness that lies is accused by the case against it.
        let accused = match (liar, &attack.against_witness) {
            (Some((Side::Witness, _)), Ok(against_witness)) => against_witness,
            (Some((Side::Primary | Side::Witness, _)) | None, Ok(_) | Err(_)) => case,
        };
        Self {
            kind: case.kind,
            common_height: case.common.height().0,
            primary: Header::of(&case.conflicting),
            witness: Header::of(case.trusted()),
            byzantine: byzantine(accused),
            liar: liar.map(|(side, _)| match side {
                Side::Primary => "primary",
                Side::Witness => "witness",
            }),
            grounds: liar.map(|(_, grounds)| match grounds {
                Grounds::OwnWords => "own_words",
                Grounds::Majority => "majority",
            }),
        }
    }

    pub(super) fn words(&self) -> String {
        let Self { common_height, primary, witness, .. } = self;
        let liar = match (self.liar, self.grounds) {
            (Some(liar), Some("own_words")) => format!("the {liar} lies, by its own words"),
            (Some(liar), _) => format!("most nodes are against the {liar}"),
            (None, _) => "who lies can't be told by the two alone".to_owned(),
        };
        let power: u64 = self.byzantine.iter().map(|validator| validator.power).sum();
        let names: Vec<&str> = self.byzantine.iter().map(|validator| validator.address.as_str()).collect();
        let byzantine = match names.as_slice() {
            [] => "no validator can be named".to_owned(),
            names => format!("validators that did it, of power {power}: {}", names.join(", ")),
        };
        format!(
            "{} above height {common_height}: the primary has {} at height {} ({}), the witness {} at height {} ({}); {liar}; {byzantine}",
            name(self.kind),
            primary.hash,
            primary.height,
            primary.time,
            witness.hash,
            witness.height,
            witness.time,
        )
    }
}

impl Header {
    fn of(block: &light_client::LightBlock) -> Self {
        let time = block.signed_header.header.time.to_string();
        Self { height: block.height().0, hash: block.header_hash().to_string(), time }
    }
}

fn byzantine(case: &Divergence) -> Vec<Byzantine> {
    let of = case.byzantine.iter();
    of.map(|info| Byzantine { address: info.address.to_string(), power: info.power() }).collect()
}

fn name(kind: AttackKind) -> &'static str {
    match kind {
        AttackKind::Equivocation => "equivocation",
        AttackKind::Amnesia => "amnesia",
        AttackKind::Lunatic => "lunatic attack",
        AttackKind::ForwardLunatic => "forward lunatic attack",
        AttackKind::TimeViolation => "violation of BFT time",
    }
}
