//! The last act: the validators of one chain sign two blocks of one height, somebody brings the false one to the client
//! on the other chain, and the watch of the relayer that runs all the while answers.

use light_client::LightBlock;
use relayer::evidence::{Case, Directory, Proof};
use serde::Serialize;
use types::{ChainId, ClientId, client::Status};

use super::life::Side;
use super::show::Show;
use super::stage::Stage;
use crate::exit::Failure;

/// What came of the attack.
#[derive(Debug, Serialize)]
pub(super) struct Attack {
    /// Whose validators lied.
    pub(super) chain: ChainId,
    pub(super) kind: &'static str,
    pub(super) height: u64,
    /// The chain's own header, and the other.
    pub(super) headers: [Signed; 2],
    /// How many validators can be punished.
    pub(super) accused: usize,
    /// The file that was written before anything was submitted.
    pub(super) evidence: String,
    pub(super) host: ChainId,
    pub(super) client: ClientId,
    /// The host's block with the false header.
    pub(super) told: u64,
    /// The host's block with the misbehaviour.
    pub(super) frozen: u64,
}

/// A header under a commit.
#[derive(Debug, Serialize)]
pub(super) struct Signed {
    pub(super) hash: String,
    pub(super) signatures: usize,
}

/// Plays it.
///
/// # Errors
/// When the client is not frozen, or the evidence does not show what was done.
pub(super) async fn play(stage: &mut Stage, show: &Show) -> Result<Attack, Failure> {
    let before = stage.watch.last_update(Side::B);
    let attacked = stage.equivocate().await?;
    let (chain, height) = (attacked.chain.clone(), attacked.height);
    show.say(&format!("the validators of {chain} sign a second block of height {height}"));
    stage.tell_the_lie(&attacked).await?;
    stage.until(show, |watch| watch.last_update(Side::B) > before).await?;
    let told = stage.watch.last_update(Side::B).unwrap_or_default();
    let (host, client) = stage.deceived()?;
    show.say(&format!("{client} on {host} is updated with it in {host}:{told}"));

    stage.until(show, |watch| watch.misbehaviour(Side::B).is_some()).await?;
    let frozen = stage.watch.misbehaviour(Side::B).unwrap_or_default();
    let (evidence, case) = only_case(&Directory::new(stage.evidence_directory()))?;
    let (headers, accused) = contradiction(&case)?;
    for (whose, Signed { hash, signatures }) in ["its own", "the other"].into_iter().zip(&headers) {
        show.say(&format!("{whose:<9}  {chain}:{height}  {}  {signatures} signatures", short(hash)));
    }
    show.say(&format!("evidence   {evidence}"));
    let status = stage.status_of_deceived().await?;
    if status != Status::Frozen || case.height().0 != height {
        return Err(Failure::Internal(format!(
            "{client} on {host} is {status} after a misbehaviour of height {}, not frozen by one of {height}",
            case.height()
        )));
    }
    show.say(&format!("{client} on {host} is frozen by {host}:{frozen}: nothing passes any more"));
    Ok(Attack { chain, kind: case.kind(), height, headers, accused, evidence, host, client, told, frozen })
}

fn only_case(directory: &Directory) -> Result<(String, Case), Failure> {
    let names = directory.names().map_err(Failure::internal)?;
    let [name] = names.as_slice() else {
        return Err(Failure::Internal(format!("there is not one file of evidence, but these: {names:?}")));
    };
    let case = directory.case(name).map_err(Failure::internal)?;
    Ok((directory.file(name).display().to_string(), case))
}

/// The two headers, and how many have signed both.
fn contradiction(case: &Case) -> Result<([Signed; 2], usize), Failure> {
    let Proof::Blocks { case, .. } = &case.proof else {
        return Err(Failure::Internal("the evidence does not hold the header that the client was told".to_owned()));
    };
    Ok(([signed(case.trusted()), signed(&case.conflicting)], case.byzantine.len()))
}

fn signed(block: &LightBlock) -> Signed {
    let signatures = block.signed_header.commit.signatures.iter().filter(|vote| vote.is_commit()).count();
    Signed { hash: block.header_hash().to_string(), signatures }
}

/// As much of a hash as tells it from another.
pub(super) fn short(hash: &str) -> String {
    hash.chars().take(16).collect()
}
