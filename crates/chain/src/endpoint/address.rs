//! Addresses: what of them may be shown, and where a node's WebSocket is.

use url::Url;

use super::{EndpointOptions, Websocket};

/// An address as scheme, host and port alone: paths and queries hold access tokens as often as the user part does.
pub fn redacted(url: &Url) -> String {
    let host = url.host_str().unwrap_or("?");
    match url.port() {
        Some(port) => format!("{}://{host}:{port}", url.scheme()),
        None => format!("{}://{host}", url.scheme()),
    }
}

/// The WebSocket's address: the one given, or the RPC's with `/websocket` behind its path; none if it is switched off.
pub(super) fn websocket(options: &EndpointOptions) -> Result<Option<Url>, String> {
    match &options.websocket {
        Websocket::Derived => derived(options).map(Some),
        Websocket::At(url) => match url.scheme() {
            "ws" | "wss" if url.host_str().is_some() => Ok(Some(url.clone())),
            _ => Err("websocket must be a ws or wss address".to_owned()),
        },
        Websocket::Off => Ok(None),
    }
}

fn derived(options: &EndpointOptions) -> Result<Url, String> {
    let mut url = options.rpc.clone();
    let scheme = if url.scheme() == "https" { "wss" } else { "ws" };
    url.set_scheme(scheme).map_err(|()| "rpc has no scheme that a WebSocket goes with".to_owned())?;
    let path = format!("{}/websocket", url.path().trim_end_matches('/'));
    url.set_path(&path);
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_address_has_no_secret() {
        let url = "https://user:s3cret@node.example:443/token-1?key=2".parse().unwrap();
        assert_eq!(redacted(&url), "https://node.example");
        let shown = format!("{:?}", EndpointOptions::new(url));
        assert!(!shown.contains("s3cret") && !shown.contains("token-1") && !shown.contains("key=2"), "{shown}");
    }

    #[test]
    fn websocket_stands_behind_the_path_of_the_rpc() {
        let shown = |rpc: &str| derived(&EndpointOptions::new(rpc.parse().unwrap())).unwrap().to_string();
        assert_eq!(shown("http://127.0.0.1:26657"), "ws://127.0.0.1:26657/websocket");
        assert_eq!(shown("https://node.example/rpc/?key=1"), "wss://node.example/rpc/websocket?key=1");
    }

    #[test]
    fn websocket_of_another_scheme_is_refused() {
        let mut options = EndpointOptions::new("http://127.0.0.1:1".parse().unwrap());
        options.websocket = Websocket::At("http://127.0.0.1:1/websocket".parse().unwrap());
        assert!(websocket(&options).is_err());
    }

    #[test]
    fn a_websocket_that_is_switched_off_is_nowhere() {
        let mut options = EndpointOptions::new("http://127.0.0.1:1".parse().unwrap());
        options.websocket = Websocket::Off;
        assert_eq!(websocket(&options), Ok(None));
    }
}
