//! The scenarios and the conformance script on two devnet chains in this process: nothing but Rust is needed.

use std::time::Duration;

use anyhow::Result;
use lightship_tests::bed::Bed;
use lightship_tests::devnet_chain::{DevnetChain, PairOptions};

/// Short, so that the scenarios are; long enough for what they do to one block to be seen before the next.
const BLOCK_TIME: Duration = Duration::from_millis(300);
/// Where full blocks are counted: a machine under load must be able to execute one before the next is due.
const BLOCK_TIME_OF_COUNTS: Duration = Duration::from_millis(600);

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
crate::scenario::of_commands! { on_the_devnet }

fn play(name: &str, scenario: fn(&Bed) -> Result<()>) {
    let directory = tempfile::tempdir().unwrap();
    let block_time = if name == "live_beside_backlog" { BLOCK_TIME_OF_COUNTS } else { BLOCK_TIME };
    let [a, b] = DevnetChain::pair(&PairOptions::new(block_time)).unwrap();
    let bed = Bed::new(Box::new(a), Box::new(b), directory.path());
    if let Err(error) = scenario(&bed) {
        panic!("{error:#}\n{}", bed.logs(name));
    }
}

mod conformance {
    use std::time::Duration;

    use lightship_tests::chain_under_test::ChainUnderTest;
    use lightship_tests::devnet_chain::{DevnetChain, PairOptions};

    use crate::conformance::differences::OF_DEVNET;
    use crate::conformance::{Subject, play};

    /// The script waits for hundreds of blocks.
    const BLOCK_TIME: Duration = Duration::from_millis(50);

    #[test]
    fn the_devnet_answers_as_real_chains_do() {
        let options = PairOptions {
            ids: ["chain-a", "chain-b-1"],
            powers: vec![1_000],
            is_tx_indexed: true,
            ..PairOptions::new(BLOCK_TIME)
        };
        let [a, b] = DevnetChain::pair(&options).unwrap();
        let subject = |chain| {
            let key = DevnetChain::running(chain).with(|chain| chain.signing_key(0));
            Subject { chain: chain as &dyn ChainUnderTest, validator: Some(key) }
        };
        if let Err(error) = play(subject(&a), subject(&b), OF_DEVNET) {
            panic!("{error:#}");
        }
    }

    #[test]
    fn the_readme_tells_every_difference() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/devnet/README.md");
        let readme = std::fs::read_to_string(file).unwrap();
        for difference in OF_DEVNET {
            assert!(readme.contains(difference.reason), "{difference:?}");
        }
    }
}
