//! The language of `subscribe`, `tx_search` and `block_search` (CometBFT `libs/pubsub/query`), and what the two kinds of
//! use make of it: a subscription matches all events of a thing together, the index each event by itself
//! (`state/txindex/kv`, `state/indexer/block/kv`).

mod condition;
mod index;
mod scanner;

use std::collections::BTreeMap;

pub(crate) use self::condition::{Argument, Condition, Operator};
pub(crate) use self::index::Index;
use self::scanner::{Scanner, Token};

/// A query: conditions that must all hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Query {
    pub(crate) conditions: Vec<Condition>,
}

impl Query {
    /// Reads a query.
    ///
    /// # Errors
    /// In CometBFT's words.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut scanner = Scanner::new(text);
        let mut conditions = vec![condition(&mut scanner)?];
        loop {
            match scanner.next() {
                Ok(None) => return Ok(Self { conditions }),
                Ok(Some((Token::And, _))) => conditions.push(condition(&mut scanner)?),
                Ok(Some((token, _))) => {
                    return Err(format!(
                        "offset {}: got {}, want {}",
                        scanner.position(),
                        token.label(),
                        Token::And.label()
                    ));
                }
                // CometBFT goes on with the token that it could not read.
                Err(_) => {
                    return Err(format!(
                        "offset {}: got invalid token, want {}",
                        scanner.position(),
                        Token::And.label()
                    ));
                }
            }
        }
    }

    /// Does it match events by `type.key` (`Query.Matches`)?
    pub(crate) fn matches(&self, events: &BTreeMap<String, Vec<String>>) -> bool {
        !events.is_empty() && self.conditions.iter().all(|condition| condition.matches_any(events))
    }
}

fn condition(scanner: &mut Scanner<'_>) -> Result<Condition, String> {
    const OPERATORS: [Token; 7] =
        [Token::Leq, Token::Geq, Token::Lt, Token::Gt, Token::Eq, Token::Contains, Token::Exists];
    let (_, tag) = require(scanner, &[Token::Tag])?;
    let (operator, _) = require(scanner, &OPERATORS)?;
    let arguments: &[Token] = match operator {
        Token::Exists => return Ok(Condition { tag, operator: Operator::Exists, argument: None }),
        Token::Contains => &[Token::Text],
        Token::Eq => &[Token::Number, Token::Time, Token::Date, Token::Text],
        _ => &[Token::Number, Token::Time, Token::Date],
    };
    let (kind, text) = require(scanner, arguments)?;
    let operator = match operator {
        Token::Contains => Operator::Contains,
        Token::Lt => Operator::Lt,
        Token::Leq => Operator::Leq,
        Token::Gt => Operator::Gt,
        Token::Geq => Operator::Geq,
        _ => Operator::Eq,
    };
    let argument = match kind {
        Token::Number => Argument::Number(text),
        Token::Time => Argument::Time(text),
        Token::Date => Argument::Date(text),
        _ => Argument::Text(text),
    };
    Ok(Condition { tag, operator, argument: Some(argument) })
}

fn require(scanner: &mut Scanner<'_>, wanted: &[Token]) -> Result<(Token, String), String> {
    match scanner.next() {
        Ok(Some((token, text))) if wanted.contains(&token) => Ok((token, text)),
        Ok(Some((token, _))) => {
            Err(format!("offset {}: got {}, wanted {}", scanner.position(), token.label(), labels(wanted)))
        }
        Ok(None) => Err(format!("offset {}: EOF", scanner.position())),
        Err(reason) => Err(format!("offset {}: {reason}", scanner.position())),
    }
}

fn labels(tokens: &[Token]) -> String {
    match tokens {
        [] => String::new(),
        [one] => one.label().to_owned(),
        [first @ .., last] => {
            let first: Vec<_> = first.iter().map(|token| token.label()).collect();
            format!("{} or {}", first.join(", "), last.label())
        }
    }
}

#[cfg(test)]
mod tests;
