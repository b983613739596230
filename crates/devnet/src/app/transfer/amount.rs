//! Amounts as texts: `sdkmath.NewIntFromString`, which reads what Go's `big.Int` reads in base 0, up to 256 bits.

use core::fmt;

/// A number of 256 bits and its sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Amount {
    is_negative: bool,
    /// The lowest first.
    limbs: [u64; 4],
}

impl Amount {
    /// Reads `12`, `+12`, `-12`, `0xc`, `0b1100`, `0o14`, `014`, `1_2`; none where it is no number or over 256 bits.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (is_negative, unsigned) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (base, digits) = base_and_digits(unsigned);
        let mut limbs = [0; 4];
        let mut is_after_digit = base != 10;
        let mut count = 0_usize;
        for character in digits.chars() {
            if character == '_' {
                // Between digits, or behind the prefix.
                if !is_after_digit {
                    return None;
                }
                is_after_digit = false;
                continue;
            }
            add_digit(&mut limbs, base, character.to_digit(base)?)?;
            is_after_digit = true;
            count += 1;
        }
        (count > 0 && is_after_digit).then_some(Self { is_negative, limbs })
    }

    /// Above zero?
    pub(super) fn is_positive(&self) -> bool {
        !self.is_negative && self.limbs != [0; 4]
    }

    /// `UnboundedSpendLimit`: the greatest number, which stands for all that somebody has.
    pub(super) fn is_max(&self) -> bool {
        !self.is_negative && self.limbs == [u64::MAX; 4]
    }

    /// The number, where it has at most 128 bits and is not below zero.
    pub(super) fn to_u128(self) -> Option<u128> {
        match self {
            Self { is_negative: false, limbs: [low, high, 0, 0] } => Some(u128::from(high) << 64 | u128::from(low)),
            Self { limbs: [0, 0, 0, 0], .. } => Some(0),
            _ => None,
        }
    }
}

/// As Go tells the base: a lone `0` before other digits is octal.
fn base_and_digits(text: &str) -> (u32, &str) {
    let rest = text.strip_prefix('0').filter(|rest| !rest.is_empty());
    let Some(rest) = rest else { return (10, text) };
    match rest.as_bytes()[0] {
        b'x' | b'X' => (16, &rest[1..]),
        b'b' | b'B' => (2, &rest[1..]),
        b'o' | b'O' => (8, &rest[1..]),
        _ => (8, rest),
    }
}

fn add_digit(limbs: &mut [u64; 4], base: u32, digit: u32) -> Option<()> {
    let mut carry = u128::from(digit);
    for limb in limbs {
        let product = u128::from(*limb) * u128::from(base) + carry;
        *limb = product as u64;
        carry = product >> 64;
    }
    (carry == 0).then_some(())
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut limbs = self.limbs;
        let mut digits = Vec::new();
        while limbs != [0; 4] || digits.is_empty() {
            let mut rest = 0;
            for limb in limbs.iter_mut().rev() {
                let dividend = rest << 64 | u128::from(*limb);
                *limb = (dividend / 10) as u64;
                rest = dividend % 10;
            }
            digits.push(char::from(b'0' + rest as u8));
        }
        let sign = if self.is_negative && self.limbs != [0; 4] { "-" } else { "" };
        write!(f, "{sign}{}", digits.iter().rev().collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MAX: &str = "115792089237316195423570985008687907853269984665640564039457584007913129639935";

    #[test]
    fn numbers_are_read_as_go_reads_them() {
        let cases = [
            ("0", 0),
            ("12", 12),
            ("+12", 12),
            ("0xC", 12),
            ("0b1100", 12),
            ("0o14", 12),
            ("014", 12),
            ("1_2", 12),
            ("0_14", 12),
            ("0x_c", 12),
            ("-0", 0),
            ("00", 0),
        ];
        for (text, number) in cases {
            assert_eq!(Amount::parse(text).and_then(Amount::to_u128), Some(number), "{text}");
        }
        for text in [
            "", "-", "+", "x", "1.0", "1e3", " 1", "1 ", "09", "0x", "0b", "0o", "0b2", "1__2", "_1", "1_", "--1", "１",
        ] {
            assert_eq!(Amount::parse(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_end_at_256_bits() {
        let max = Amount::parse(MAX).unwrap();
        assert!(max.is_max() && max.is_positive());
        assert_eq!(max.to_string(), MAX);
        assert_eq!(max.to_u128(), None);
        assert_eq!(Amount::parse(&MAX.replace("935", "936")), None);
        assert!(!Amount::parse(&format!("-{MAX}")).unwrap().is_max());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(number in any::<u128>(), is_negative in any::<bool>()) {
            let sign = if is_negative && number != 0 { "-" } else { "" };
            let amount = Amount::parse(&format!("{sign}{number}")).unwrap();
            prop_assert_eq!(amount.to_string(), format!("{sign}{number}"));
            prop_assert_eq!(amount.is_positive(), sign.is_empty() && number > 0);
        }
    }
}
