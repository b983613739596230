//! The scenarios on two devnet chains in this process: nothing but Rust is needed.

use std::time::Duration;

use anyhow::Result;
use lightship_tests::bed::Bed;
use lightship_tests::devnet_chain::DevnetChain;

/// Short, so that the scenarios are; long enough for what they do to one block to be seen before the next.
const BLOCK_TIME: Duration = Duration::from_millis(300);

macro_rules! on_the_devnet {
    ($($scenario:ident: $claim:ident;)+) => {$(
        mod $scenario {
            #[test]
            fn $claim() {
                super::play(stringify!($scenario), crate::scenario::$scenario::run);
            }
        }
    )+};
}

crate::scenario::all! { on_the_devnet }

fn play(name: &str, scenario: fn(&Bed) -> Result<()>) {
    let directory = tempfile::tempdir().unwrap();
    let [a, b] = DevnetChain::pair(BLOCK_TIME).unwrap();
    let bed = Bed::new(Box::new(a), Box::new(b), directory.path());
    if let Err(error) = scenario(&bed) {
        panic!("{error:#}\n{}", bed.logs(name));
    }
}
