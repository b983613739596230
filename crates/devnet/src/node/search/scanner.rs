//! From characters to tokens (CometBFT `libs/pubsub/query/syntax/scanner.go`).

use super::condition;

/// A kind of token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Tag,
    Text,
    Number,
    Time,
    Date,
    And,
    Contains,
    Exists,
    Eq,
    Lt,
    Leq,
    Gt,
    Geq,
}

impl Token {
    /// What CometBFT calls it in errors.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Tag => "tag",
            Self::Text => "string",
            Self::Number => "number",
            Self::Time => "timestamp",
            Self::Date => "datestamp",
            Self::And => "AND operator",
            Self::Contains => "CONTAINS operator",
            Self::Exists => "EXISTS operator",
            Self::Eq => "= operator",
            Self::Lt => "< operator",
            Self::Leq => "<= operator",
            Self::Gt => "> operator",
            Self::Geq => ">= operator",
        }
    }
}

/// Reads tokens one by one.
pub(super) struct Scanner<'a> {
    text: &'a str,
    /// Where the last token begins, in bytes.
    begin: usize,
    end: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, begin: 0, end: 0 }
    }

    /// Where the last token begins.
    pub(super) fn position(&self) -> usize {
        self.begin
    }

    /// The next token with its text; none at the end.
    pub(super) fn next(&mut self) -> Result<Option<(Token, String)>, String> {
        self.take_while(char::is_whitespace);
        self.begin = self.end;
        let Some(first) = self.take() else { return Ok(None) };
        match first {
            '0'..='9' => Ok(Some(self.number())),
            '\'' => self.quoted().map(Some),
            '=' => Ok(Some((Token::Eq, first.to_string()))),
            '<' => Ok(Some(self.compare(Token::Lt, Token::Leq))),
            '>' => Ok(Some(self.compare(Token::Gt, Token::Geq))),
            first if first == '_' || first.is_alphabetic() || first.is_numeric() => self.tag_like().map(Some),
            other => Err(format!("invalid input {other} at offset {}", self.end)),
        }
    }

    fn number(&mut self) -> (Token, String) {
        self.take_while(|char| char.is_ascii_digit());
        if self.peek() == Some('.') {
            self.take();
            self.take_while(|char| char.is_ascii_digit());
        }
        (Token::Number, self.text[self.begin..self.end].to_owned())
    }

    fn quoted(&mut self) -> Result<(Token, String), String> {
        let inner = self.take_while(|char| char != '\'').to_owned();
        self.take().map(|_| (Token::Text, inner)).ok_or_else(|| "EOF".to_owned())
    }

    fn compare(&mut self, alone: Token, with_equal: Token) -> (Token, String) {
        let token = if self.peek() == Some('=') {
            self.take();
            with_equal
        } else {
            alone
        };
        (token, self.text[self.begin..self.end].to_owned())
    }

    fn tag_like(&mut self) -> Result<(Token, String), String> {
        self.take_while(|char| matches!(char, '.' | '_' | '-') || char.is_alphabetic() || char.is_numeric());
        let text = &self.text[self.begin..self.end];
        let is_label = self.peek() == Some(' ');
        match text {
            "TIME" if is_label => {
                self.take();
                let text = self.take_while(|char| "-T:+Z".contains(char) || char.is_ascii_digit()).to_owned();
                let time = condition::parse_time(&text).ok_or_else(|| format!("invalid TIME value: {text:?}"))?;
                in_range("timestamp", time.year())?;
                Ok((Token::Time, text))
            }
            "DATE" if is_label => {
                self.take();
                let text = self.take_while(|char| char == '-' || char.is_ascii_digit()).to_owned();
                let date = condition::parse_date(&text).ok_or_else(|| format!("invalid DATE value: {text:?}"))?;
                in_range("datestamp", date.year())?;
                Ok((Token::Date, text))
            }
            "AND" => Ok((Token::And, text.to_owned())),
            "EXISTS" => Ok((Token::Exists, text.to_owned())),
            "CONTAINS" => Ok((Token::Contains, text.to_owned())),
            tag => Ok((Token::Tag, tag.to_owned())),
        }
    }

    fn peek(&self) -> Option<char> {
        self.text[self.end..].chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let char = self.peek()?;
        self.end += char.len_utf8();
        Some(char)
    }

    fn take_while(&mut self, is_part: impl Fn(char) -> bool) -> &'a str {
        let rest = &self.text[self.end..];
        let part = &rest[..rest.find(|char| !is_part(char)).unwrap_or(rest.len())];
        self.end += part.len();
        part
    }
}

fn in_range(what: &str, year: i32) -> Result<(), String> {
    if (1900..=2999).contains(&year) { Ok(()) } else { Err(format!("{what} year {year} out of range")) }
}
