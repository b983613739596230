//! How far down each chain's blocks are searched.

use std::collections::{BTreeMap, BTreeSet};

use engine::Path;
use types::{BlockHeight, ChainId};

use crate::args::FromHeight;
use crate::exit::Failure;

/// What `--from-height` means for these paths; one that names no chain is meant for `named`, that of `--chain`.
pub(super) fn lowest(
    given: &[FromHeight],
    named: Option<&ChainId>,
    paths: &[Path],
) -> Result<BTreeMap<ChainId, BlockHeight>, Failure> {
    let chains: BTreeSet<&ChainId> = paths.iter().flat_map(|path| [&path.a.chain, &path.b.chain]).collect();
    let known = || chains.iter().map(|chain| chain.as_str()).collect::<Vec<_>>().join(", ");
    let mut lowest = BTreeMap::new();
    for FromHeight { chain, height } in given {
        let Some(chain) = chain.as_ref().or(named) else {
            let mend = format!("write CHAIN={height}, with a chain of {}", known());
            return Err(Failure::wrong(format!("--from-height {height} names no chain: {mend}")));
        };
        if !chains.contains(chain) {
            let mend = format!("the chains of what is cleared are {}", known());
            return Err(Failure::wrong(format!("--from-height names {chain}; {mend}")));
        }
        if lowest.insert(chain.clone(), *height).is_some() {
            return Err(Failure::wrong(format!("--from-height names {chain} twice; give one height a chain")));
        }
    }
    Ok(lowest)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use engine::{PathEnd, PathId};

    use super::*;

    fn path() -> Path {
        let end = |chain: &str| PathEnd {
            chain: chain.parse().unwrap(),
            client: "07-tendermint-0".parse().unwrap(),
            connection: "connection-0".parse().unwrap(),
        };
        let (a, b) = (end("chain-a"), end("chain-b"));
        Path { id: PathId("a-b".into()), a, b, channels: Vec::new(), policy: Arc::default() }
    }

    fn read(given: &[&str], named: Option<&str>) -> Result<Vec<(String, u64)>, String> {
        let given: Vec<FromHeight> = given.iter().map(|text| text.parse().unwrap()).collect();
        let named = named.map(|chain| chain.parse().unwrap());
        let lowest = lowest(&given, named.as_ref(), &[path()]).map_err(|failure| failure.to_string())?;
        Ok(lowest.into_iter().map(|(chain, height)| (chain.to_string(), height.0)).collect())
    }

    #[test]
    fn a_bare_height_is_the_named_chains_and_others_name_theirs() {
        assert_eq!(read(&["7"], Some("chain-b")), Ok(vec![("chain-b".to_owned(), 7)]));
        let both = vec![("chain-a".to_owned(), 9), ("chain-b".to_owned(), 7)];
        assert_eq!(read(&["7", "chain-a=9"], Some("chain-b")), Ok(both.clone()));
        assert_eq!(read(&["chain-b=7", "chain-a=9"], None), Ok(both));
    }

    #[test]
    fn what_names_no_chain_or_a_wrong_one_is_refused_with_the_mend() {
        for (given, named, said) in [
            (&["7"][..], None, "write CHAIN=7, with a chain of chain-a, chain-b"),
            (&["chain-c=7"], None, "the chains of what is cleared are chain-a, chain-b"),
            (&["chain-a=7", "chain-a=9"], None, "twice"),
            (&["7", "chain-a=9"], Some("chain-a"), "twice"),
        ] {
            let refused = read(given, named).unwrap_err();
            assert!(refused.contains(said), "{refused}");
        }
    }
}
