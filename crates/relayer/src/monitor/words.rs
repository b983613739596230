//! What the endpoints of a chain say together. Whoever is slow is waited for no longer than a moment, once another has
//! decided.

use std::pin::pin;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use light_client::{LightBlock, Options, TrustedState};
use tracing::debug;

use super::tracked::Tracked;
use super::witness::{Witness, Word};

/// How long the others have, once one has confirmed what is asked, or contradicted it.
const GRACE: Duration = Duration::from_secs(2);
const GRACE_OF_ATTACK: Duration = Duration::from_millis(250);

/// How far an answer decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// Not at all: everybody is waited for.
    None,
    /// It confirms: the others have a while.
    Confirms,
    /// It contradicts: the others have a moment.
    Contradicts,
}

impl Weight {
    fn grace(self) -> Option<Duration> {
        match self {
            Self::None => None,
            Self::Confirms => Some(GRACE),
            Self::Contradicts => Some(GRACE_OF_ATTACK),
        }
    }
}

impl Tracked {
    /// What each endpoint says of a state that a client holds; see [`Witness::word`].
    pub(super) async fn words(
        &self,
        held: &TrustedState,
        base: Option<(&TrustedState, &LightBlock)>,
        options: Options,
    ) -> Vec<Word> {
        let ask = |witness| asked(witness, held, base, options);
        gather(self.witnesses.iter().map(ask), |word| match word {
            Word::Contradicts(_) => Weight::Contradicts,
            Word::Agrees(..) => Weight::Confirms,
            Word::Unproven(_) | Word::Behind(_) | Word::Pruned | Word::Silent(_) => Weight::None,
        })
        .await
    }

    /// The block of a state that a client holds, by the first endpoint that has it.
    pub(super) async fn block_of(&self, state: &TrustedState) -> Option<LightBlock> {
        let mut found: FuturesUnordered<_> = self.witnesses.iter().map(|witness| witness.block_of(state)).collect();
        while let Some(block) = found.next().await {
            if block.is_some() {
                return block;
            }
        }
        None
    }
}

/// The answers, until all are there, or the grace of the weightiest is over.
pub(super) async fn gather<T, F: Future<Output = T>>(
    asked: impl Iterator<Item = F>,
    weight: impl Fn(&T) -> Weight,
) -> Vec<T> {
    let mut asked: FuturesUnordered<F> = asked.collect();
    let (mut answers, mut heaviest) = (Vec::new(), Weight::None);
    let mut grace = pin!(None);
    loop {
        let is_over = async {
            match grace.as_mut().as_pin_mut() {
                Some(grace) => grace.await,
                None => std::future::pending().await,
            }
        };
        let answer = tokio::select! {
            biased;
            answer = asked.next() => answer,
            () = is_over => None,
        };
        let Some(answer) = answer else { return answers };
        let weight = weight(&answer);
        if weight > heaviest {
            heaviest = weight;
            grace.set(weight.grace().map(tokio::time::sleep));
        }
        answers.push(answer);
    }
}

async fn asked(
    witness: &Witness,
    held: &TrustedState,
    base: Option<(&TrustedState, &LightBlock)>,
    options: Options,
) -> Word {
    let word = witness.word(held, base, options).await;
    debug!(endpoint = witness.name(), height = %held.height, ?word, "an endpoint's word of a consensus state");
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One endpoint answers, another never does.
    async fn beside_one_that_hangs(answer: Weight) -> Vec<Weight> {
        let ask = |answer: Option<Weight>| async move {
            match answer {
                Some(answer) => answer,
                None => std::future::pending().await,
            }
        };
        gather([None, Some(answer)].into_iter().map(ask), |answer| *answer).await
    }

    #[tokio::test]
    async fn who_hangs_holds_up_nobody_once_another_has_decided() {
        let (confirmed, contradicted) =
            tokio::join!(beside_one_that_hangs(Weight::Confirms), beside_one_that_hangs(Weight::Contradicts));
        assert_eq!((confirmed, contradicted), (vec![Weight::Confirms], vec![Weight::Contradicts]));
        let undecided = tokio::time::timeout(GRACE * 2, beside_one_that_hangs(Weight::None)).await;
        assert!(undecided.is_err(), "nothing is decided by that: {undecided:?}");
    }

    #[tokio::test]
    async fn all_that_answer_are_heard() {
        let answers = [Weight::Contradicts, Weight::None, Weight::Confirms];
        let mut heard = gather(answers.into_iter().map(std::future::ready), |answer| *answer).await;
        heard.sort_unstable();
        assert_eq!(heard, [Weight::None, Weight::Confirms, Weight::Contradicts]);
    }
}
