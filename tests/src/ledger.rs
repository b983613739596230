//! What ICS-20 says must have moved, in both directions of a channel, to the last unit.

use anyhow::{Result, ensure};
use sha2::{Digest, Sha256};

use crate::chain_under_test::{ChainUnderTest, Role};

/// The denomination that scenarios send; fees are paid in another.
pub const SENT_DENOM: &str = "token";

/// One end of an ICS-20 channel.
#[derive(Clone, Copy, Debug)]
pub struct End<'a> {
    /// Its chain.
    pub chain: &'a dyn ChainUnderTest,
    /// Its channel.
    pub channel: &'a str,
}

/// Money in one direction: from the user of one chain to the user of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow {
    /// What the sender holds.
    pub sender: u128,
    /// What the channel holds in escrow.
    pub escrow: u128,
    /// What the receiver holds in vouchers.
    pub receiver: u128,
    /// All vouchers there are.
    pub vouchers: u128,
}

impl Flow {
    /// Reads it from both chains.
    pub fn read(source: End<'_>, destination: End<'_>) -> Result<Self> {
        let voucher = voucher_denom(destination.channel);
        let escrow = source.chain.escrow_address(source.channel)?;
        let user = |end: End<'_>| end.chain.account(Role::User).address.clone();
        Ok(Self {
            sender: source.chain.balance(&user(source), SENT_DENOM)?,
            escrow: source.chain.balance(&escrow, SENT_DENOM)?,
            receiver: destination.chain.balance(&user(destination), &voucher)?,
            vouchers: destination.chain.supply(&voucher)?,
        })
    }

    /// Exactly `amount` went from sender to escrow, and exactly as much was minted for the receiver.
    pub fn ensure_moved(&self, amount: u128, now: &Self) -> Result<()> {
        let expected = Self {
            sender: self.sender - amount,
            escrow: self.escrow + amount,
            receiver: self.receiver + amount,
            vouchers: self.vouchers + amount,
        };
        ensure!(*now == expected, "{amount} were to move from {self:?}, which makes {expected:?}, not {now:?}");
        Ok(())
    }
}

/// ICS-20: a voucher of [`SENT_DENOM`] that came in through a channel of port `transfer`.
pub fn voucher_denom(channel: &str) -> String {
    let trace = format!("transfer/{channel}/{SENT_DENOM}");
    format!("ibc/{}", hex::encode_upper(Sha256::digest(trace.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_that_was_minted_twice_is_noticed() {
        let before = Flow { sender: 10, escrow: 0, receiver: 0, vouchers: 0 };
        assert!(before.ensure_moved(3, &Flow { sender: 7, escrow: 3, receiver: 3, vouchers: 3 }).is_ok());
        assert!(before.ensure_moved(3, &Flow { sender: 7, escrow: 3, receiver: 6, vouchers: 6 }).is_err());
        assert!(before.ensure_moved(0, &Flow { sender: 10, escrow: 0, receiver: 0, vouchers: 3 }).is_err());
    }
}
