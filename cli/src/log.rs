//! Logs: `tracing` events on standard error, as lines for people or as JSON for programs.
//!
//! No event carries a secret: keys never leave the keyring, and addresses of nodes print without user, path and query.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::config::LogFormat;
use crate::progress;

/// Why a text is no log level.
#[derive(Debug, thiserror::Error)]
#[error(
    "{text:?} is no log level; write error, warn, info, debug, trace or off, or directives such as \"info,lightship_chain=debug\""
)]
pub(crate) struct LevelError {
    text: String,
}

/// What is let through. A bare level is for our own crates; those we stand on say warnings alone.
///
/// # Errors
/// Where the text is neither a level nor a list of directives.
pub(crate) fn filter(text: &str) -> Result<EnvFilter, LevelError> {
    let refuse = || LevelError { text: text.to_owned() };
    let is_level = ["error", "warn", "info", "debug", "trace"].contains(&text);
    let directives = if is_level { format!("warn,lightship={text}") } else { text.to_owned() };
    // An unknown word alone would be taken for a crate's name, and silence everything.
    let is_known = |part: &str| part.contains('=') || (!part.is_empty() && part.parse::<LevelFilter>().is_ok());
    if !directives.split(',').map(str::trim).all(is_known) {
        return Err(refuse());
    }
    EnvFilter::try_new(directives).map_err(|_| refuse())
}

/// Starts logging; called once.
///
/// # Errors
/// Where the level is none, or logging was started before.
pub(crate) fn start(level: &str, format: LogFormat) -> anyhow::Result<()> {
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter(level)?)
        .with_writer(progress::beside_progress)
        .with_span_events(FmtSpan::NONE);
    let started = match format {
        LogFormat::Human => builder.with_ansi(progress::is_terminal()).with_target(false).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("logging can't start: {error}"))
}

#[cfg(test)]
mod tests {
    use super::filter;

    #[test]
    fn a_bare_level_is_for_our_own_crates() {
        assert_eq!(filter("debug").unwrap().to_string(), "lightship=debug,warn");
    }

    #[test]
    fn a_word_that_is_no_level_is_refused() {
        for text in ["loud", "", "info,loud", "lightship=loud", "infoo"] {
            assert!(filter(text).is_err(), "{text}");
        }
        for text in ["off", "info,lightship_chain=debug", "lightship_relayer=trace"] {
            assert!(filter(text).is_ok(), "{text}");
        }
    }
}
