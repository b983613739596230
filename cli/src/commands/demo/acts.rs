//! The steps: what is done, and what must be true afterwards.

use std::time::Duration;

use types::transfer::voucher_denom;

use super::attack;
use super::life::{End, Key, Life, Side};
use super::report::{Balance, Calls, Refund, Report};
use super::show::Show;
use super::stage::{Order, Stage};
use crate::commands::devnet::chains::TOKEN;
use crate::exit::Failure;

/// Transfers in each direction.
const TRANSFERS: usize = 5;
/// What each of them moves.
const AMOUNT: u128 = 100;
/// Long enough for every machine.
const TIMEOUT: Duration = Duration::from_secs(3_600);
/// Of the packet that shall time out; nobody could deliver it meanwhile.
const TIMEOUT_SHORT: Duration = Duration::from_secs(3);
/// No address.
const NOBODY: &str = "nobody";

/// Is there an attack at the end?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LastAct {
    Attack,
    None,
}

/// Plays all steps but the first.
///
/// # Errors
/// When something is not as it must be.
pub(super) async fn play(stage: &mut Stage, show: &Show, act: LastAct) -> Result<Report, Failure> {
    let clock = relayer::Clock::default();
    let from = clock.now();
    for reach in &stage.devnet.reaches {
        let node = reach.nodes.first().map_or("", |node| node.rpc.as_str());
        show.say(&format!("{}  {node}", reach.id));
    }
    show.step("a path between them, each step proven to the other chain");
    stage.open_path(show).await?;

    show.step("transfers in both directions");
    stage.start_relayer().await?;
    stage.admit_user().await?;
    let before = balances(stage).await?;
    let calls = transfers(stage, show).await?;
    ensure_moved(&before, &balances(stage).await?)?;

    show.step("a transfer to an address that is none: refused, and refunded");
    let refused = refused(stage, show).await?;
    show.step("a transfer while the relayer is stopped: timed out, and refunded");
    let timed_out = timed_out(stage, show).await?;

    let after = balances(stage).await?;
    ensure_moved(&before, &after)?;
    // Chains that are left up are for going on with: a client that was frozen is frozen for ever.
    let attack = match act {
        LastAct::Attack => {
            show.step("a chain equivocates: the client that believed it is frozen");
            Some(attack::play(stage, show).await?)
        }
        LastAct::None => None,
    };
    Ok(Report {
        chains: stage.devnet.reaches.clone(),
        packets: stage.watch.lives().into_iter().map(Into::into).collect(),
        refunds: vec![refused, timed_out],
        balances: before
            .into_iter()
            .zip(after)
            .map(|(before, after)| Balance { after: after.before, ..before })
            .collect(),
        calls,
        attack,
        milliseconds: clock.now().0.saturating_sub(from.0),
        config: None,
    })
}

/// In both directions, while the relayer runs.
async fn transfers(stage: &mut Stage, show: &Show) -> Result<Calls, Failure> {
    let (on_a, on_b) = (stage.address(Side::A)?, stage.address(Side::B)?);
    let to_b = Order { receiver: &on_b, amount: AMOUNT, count: TRANSFERS, timeout: TIMEOUT };
    let to_a = Order { receiver: &on_a, ..to_b };
    let calls_before = stage.relayer_calls();
    let (mut keys, of_b) = tokio::try_join!(stage.send(Side::A, &to_b), stage.send(Side::B, &to_a))?;
    keys.extend(of_b);
    stage.until(show, |watch| keys.iter().all(|key| watch.is_over(*key))).await?;
    for key in &keys {
        ensure_ended(stage, *key, End::Acknowledged)?;
    }
    Ok(Calls::new(stage.relayer_calls().saturating_sub(calls_before), keys.len()))
}

async fn refused(stage: &mut Stage, show: &Show) -> Result<Refund, Failure> {
    let before = stage.balance(Side::A, TOKEN, None).await?;
    let order = Order { receiver: NOBODY, amount: AMOUNT, count: 1, timeout: TIMEOUT };
    let key = only(stage.send(Side::A, &order).await?)?;
    stage.until(show, |watch| watch.is_over(key)).await?;
    refund(stage, show, key, End::Refused, before).await
}

/// Robust, and no race: while the relayer is stopped nobody delivers, and it starts again when nobody can any more.
async fn timed_out(stage: &mut Stage, show: &Show) -> Result<Refund, Failure> {
    stage.stop_relayer().await?;
    show.say("the relayer is stopped");
    let before = stage.balance(Side::A, TOKEN, None).await?;
    let receiver = stage.address(Side::B)?;
    let order = Order { receiver: &receiver, amount: AMOUNT, count: 1, timeout: TIMEOUT_SHORT };
    let key = only(stage.send(Side::A, &order).await?)?;
    stage.until(show, |watch| watch.is_too_late(key)).await?;
    stage.start_relayer().await?;
    show.say("the packet's time is over; the relayer is started again");
    stage.until(show, |watch| watch.is_over(key)).await?;
    refund(stage, show, key, End::TimedOut, before).await
}

/// The sender had less while the packet was under way, and has all of it again.
async fn refund(stage: &Stage, show: &Show, key: Key, how: End, before: u128) -> Result<Refund, Failure> {
    let life = ensure_ended(stage, key, how)?.clone();
    let meanwhile = stage.balance(key.0, TOKEN, life.sent).await?;
    let after = stage.balance(key.0, TOKEN, None).await?;
    if meanwhile.checked_add(AMOUNT) != Some(before) || after != before {
        return Err(Failure::Internal(format!(
            "no refund of {AMOUNT}{TOKEN}: the sender had {before}, {meanwhile} meanwhile, and has {after} now ({life})"
        )));
    }
    show.say(&format!("the sender had {before}{TOKEN}, {meanwhile}{TOKEN} meanwhile, and has {after}{TOKEN} again"));
    Ok(Refund { source: life.source, sequence: life.sequence, how, before, meanwhile, after })
}

fn only(keys: Vec<Key>) -> Result<Key, Failure> {
    keys.first().copied().ok_or_else(|| Failure::Internal("no packet was sent".to_owned()))
}

fn ensure_ended(stage: &Stage, key: Key, how: End) -> Result<&Life, Failure> {
    let missing = || Failure::Internal(format!("packet {} was never sent", key.1));
    let life = stage.watch.life(key).ok_or_else(missing)?;
    if life.end() == Some(how) {
        return Ok(life);
    }
    let refusal = life.refusal.as_deref().unwrap_or("none");
    Err(Failure::Internal(format!("a packet did not end as it must ({how:?}): {life}; refusal: {refusal}")))
}

/// What both users have of what is sent, and of its vouchers.
async fn balances(stage: &Stage) -> Result<Vec<Balance>, Failure> {
    let mut balances = Vec::new();
    for side in Side::BOTH {
        let (port, channel) = stage.end(side)?;
        for denom in [TOKEN.to_owned(), voucher_denom(port, channel, TOKEN)] {
            let before = stage.balance(side, &denom, None).await?;
            balances.push(Balance { chain: stage.reach(side)?.id.clone(), denom, before, after: before });
        }
    }
    Ok(balances)
}

/// Each user has sent [`TRANSFERS`], and has got as many.
fn ensure_moved(before: &[Balance], now: &[Balance]) -> Result<(), Failure> {
    let moved = AMOUNT * TRANSFERS as u128;
    for (before, now) in before.iter().zip(now) {
        let expected = match before.denom == TOKEN {
            true => before.before.checked_sub(moved),
            false => before.before.checked_add(moved),
        };
        if expected != Some(now.before) {
            let Balance { chain, denom, before, .. } = before;
            return Err(Failure::Internal(format!(
                "the user of {chain} had {before}{denom} and has {}{denom} now, which is not {moved} apart",
                now.before
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn balances(own: u128, voucher: u128) -> Vec<Balance> {
        let balance = |denom: &str, before| Balance {
            chain: "chain-a".parse().unwrap(),
            denom: denom.to_owned(),
            before,
            after: before,
        };
        vec![balance(TOKEN, own), balance("ibc/27", voucher)]
    }

    #[test]
    fn money_that_is_missing_or_was_minted_twice_fails_the_demo() {
        assert!(ensure_moved(&balances(1_000, 0), &balances(500, 500)).is_ok());
        for (own, voucher) in [(400, 500), (500, 600), (1_000, 0), (500, 400)] {
            let failure = ensure_moved(&balances(1_000, 0), &balances(own, voucher)).unwrap_err();
            assert!(matches!(failure, Failure::Internal(_)), "{own} {voucher}");
        }
    }
}
