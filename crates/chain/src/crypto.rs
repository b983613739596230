//! The one provider of TLS cryptography, ring. reqwest and tungstenite take the process's default one.

/// Makes ring the process's TLS provider, unless it has one. May be called any number of times; to be called first
/// thing in a binary, and by [`crate::Endpoint::new`] in any case, since reqwest can't be built without.
pub fn install_crypto_provider() {
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        tracing::trace!("the process has a TLS provider already");
    }
}
