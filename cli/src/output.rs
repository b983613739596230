//! What a command answers: on standard output, a table for people or JSON for programs.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use comfy_table::{Table, presets};
use serde::Serialize;

use crate::exit::Failure;

/// The form that answers take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    /// Tables and lines.
    Human,
    /// One JSON value a command.
    Json,
}

impl Output {
    /// A list: a table with a row for each, or a JSON array. `empty` is said to people where there is none.
    ///
    /// # Errors
    /// Where standard output can't be written.
    pub(crate) fn list<T: Serialize, const N: usize>(
        self,
        headers: [&str; N],
        rows: &[T],
        cells: impl Fn(&T) -> [String; N],
        empty: &str,
    ) -> Result<(), Failure> {
        match self {
            Self::Json => json(rows),
            Self::Human if rows.is_empty() => text(empty),
            Self::Human => text(&table(headers, rows.iter().map(cells))),
        }
    }

    /// One thing: these words for people, this value as JSON.
    ///
    /// # Errors
    /// Where standard output can't be written.
    pub(crate) fn one(self, value: &impl Serialize, words: &str) -> Result<(), Failure> {
        match self {
            Self::Json => json(value),
            Self::Human => text(words),
        }
    }
}

/// A table in words.
pub(crate) fn table<const N: usize>(headers: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_header(headers);
    for row in rows {
        table.add_row(row.map(|cell| printable(&cell)));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let lines: Vec<_> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n")
}

fn json(value: &(impl Serialize + ?Sized)) -> Result<(), Failure> {
    text(&serde_json::to_string(value).map_err(Failure::internal)?)
}

/// Writes lines to standard output, whatever the form.
///
/// # Errors
/// Where standard output can't be written; a reader that left early is none.
pub(crate) fn text(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match writeln!(stdout, "{text}").and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Internal(format!("standard output can't be written: {error}")))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// The text without what could move a terminal's cursor, colour it, or turn its words around: a chain chose it.
pub(crate) fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let is_hidden =
            matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        if c.is_control() || is_hidden {
            // Writing into a String can't fail.
            write!(out, "{}", c.escape_unicode()).unwrap_or_default();
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn text_of_a_chain_cannot_steer_the_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\r\nc"), "a\\u{1b}[2Jb\\u{d}\\u{a}c");
        assert_eq!(printable("\u{202e}evil"), "\\u{202e}evil");
        assert_eq!(printable("schön ✓"), "schön ✓");
    }
}
