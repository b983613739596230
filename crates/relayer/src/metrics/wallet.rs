//! What a wallet holds, and for how many transactions that is enough.

use engine::LaneId;
use tracing::{info, warn};

/// A wallet that can pay for fewer transactions than this is low: there is time to fill it before packets wait.
const TXS_MIN: u128 = 100;

/// One wallet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wallet {
    /// What it holds, and of which denomination; none until it was read.
    pub(super) balance: Option<(u128, String)>,
    /// What a transaction costs: an average that leans to the last ones.
    fee: Option<u128>,
    pub(super) is_low: bool,
}

impl Wallet {
    /// A transaction cost so much.
    pub(super) fn paid(&mut self, fee: u128) {
        let average = |before: u128| before - before / 4 + fee / 4;
        self.fee = Some(self.fee.map_or(fee, average));
    }

    /// How many transactions it can pay for; none while neither balance nor fee is known, or where nothing is charged.
    pub(super) fn txs_left(&self) -> Option<u128> {
        let (balance, _) = self.balance.as_ref()?;
        balance.checked_div(self.fee?)
    }

    /// Takes note of what it holds. A change between enough and too little is said.
    pub(super) fn holds(&mut self, lane: &LaneId, denom: &str, balance: u128) {
        self.balance = Some((balance, denom.to_owned()));
        let Some(txs_left) = self.txs_left() else { return };
        let was_low = std::mem::replace(&mut self.is_low, txs_left < TXS_MIN);
        let (chain, address) = (&lane.chain, &lane.address);
        match (was_low, self.is_low) {
            (false, true) => warn!(%chain, address, balance, denom, txs_left, "the wallet is low; fund it"),
            (true, false) => info!(%chain, address, balance, denom, txs_left, "the wallet is no longer low"),
            (true, true) | (false, false) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane() -> LaneId {
        LaneId { chain: "chain-a".parse().unwrap(), address: "cosmos1relayer".to_owned() }
    }

    #[test]
    fn a_wallet_is_low_when_it_can_pay_for_few_of_its_recent_transactions() {
        let mut wallet = Wallet::default();
        wallet.holds(&lane(), "stake", 5);
        assert_eq!((wallet.txs_left(), wallet.is_low), (None, false), "what a transaction costs is not known");
        wallet.paid(100);
        wallet.holds(&lane(), "stake", 100 * TXS_MIN);
        assert_eq!((wallet.txs_left(), wallet.is_low), (Some(TXS_MIN), false));
        wallet.holds(&lane(), "stake", 100 * TXS_MIN - 1);
        assert!(wallet.is_low);
        wallet.holds(&lane(), "stake", 1_000_000);
        assert!(!wallet.is_low);
    }

    #[test]
    fn dearer_transactions_make_it_low_earlier() {
        let mut wallet = Wallet::default();
        wallet.paid(100);
        wallet.holds(&lane(), "stake", 100 * TXS_MIN);
        for _ in 0..10 {
            wallet.paid(1_000);
        }
        wallet.holds(&lane(), "stake", 100 * TXS_MIN);
        assert!(wallet.is_low);
    }

    #[test]
    fn a_chain_without_fees_has_no_low_wallet() {
        let mut wallet = Wallet::default();
        wallet.paid(0);
        wallet.holds(&lane(), "stake", 0);
        assert_eq!((wallet.txs_left(), wallet.is_low), (None, false));
    }

    #[test]
    fn the_largest_fee_is_no_overflow() {
        let mut wallet = Wallet::default();
        wallet.paid(u128::MAX);
        wallet.paid(u128::MAX);
        wallet.holds(&lane(), "stake", u128::MAX);
        assert!(wallet.is_low);
    }
}
