//! What CometBFT's light client reports to two nodes of which one lies, and what a detector finds between them.

use std::{collections::BTreeMap, time::Duration};

use lightship_light_client::{
    Answer, Attack, Detector, Divergence, Evidence, Finding, LightBlock, LightClientAttack, Options, Outcome, Request,
    Side, TrustThreshold, ValidatorSet,
};
use proto::{Message, tendermint_proto::types as raw};
use serde_json::Value;
use types::{BlockHeight, Timestamp};

use crate::{bytes, evidence::block, list, number, text};

/// The blocks that CometBFT asked this node for.
struct Node {
    head: u64,
    blocks: BTreeMap<u64, LightBlock>,
}

impl Node {
    fn new(node: &Value) -> Self {
        let read = |(height, entry): (&String, &Value)| {
            let next = raw::ValidatorSet::decode(bytes(entry, "next_validators").as_slice()).unwrap();
            let next_validators = Some(ValidatorSet::try_from(next).unwrap());
            (height.parse().unwrap(), LightBlock { next_validators, ..block(entry, "block") })
        };
        Self { head: number(node, "head"), blocks: node["blocks"].as_object().unwrap().iter().map(read).collect() }
    }

    fn answer(&self, height: Option<BlockHeight>) -> Answer {
        match height.map_or(self.head, |height| height.0) {
            height if height > self.head => Answer::TooHigh,
            height => Answer::Block(Box::new(self.blocks[&height].clone())),
        }
    }
}

fn detect(case: &Value) -> Attack {
    let (primary, witness) = (Node::new(&case["primary"]), Node::new(&case["witness"]));
    let options = Options {
        trust_threshold: TrustThreshold::ONE_THIRD,
        trusting_period: Duration::from_secs(14 * 24 * 3600),
        clock_drift: Duration::ZERO,
    };
    let heights = case["trace"].as_array().unwrap().iter();
    let trace = heights.map(|height| primary.blocks[&height.as_str().unwrap().parse().unwrap()].clone()).collect();
    let mut detector = Detector::start(trace, options, Duration::ZERO).unwrap();
    while let Some(Request { side, height }) = detector.next_request() {
        let node = if side == Side::Primary { &primary } else { &witness };
        match detector.supply(node.answer(height), Timestamp(number(case, "now"))) {
            Finding::Done(Outcome::Attack(attack)) => return *attack,
            Finding::Done(other) => panic!("no attack, but {other:?}"),
            Finding::Progressed | Finding::Wait(_) => {}
        }
    }
    panic!("no outcome");
}

fn written(case: &Divergence) -> String {
    let evidence = Evidence::LightClientAttack(Box::new(LightClientAttack::of(case)));
    hex::encode(raw::Evidence::from(evidence).encode_to_vec())
}

#[test]
fn a_detector_reports_to_both_sides_what_comet_bft_reports() {
    let cases = list("detections");
    assert_eq!(cases.len(), 6);
    for case in cases {
        let attack = detect(case);
        assert_eq!(written(&attack.against_primary), text(case, "against_primary"), "{}", text(case, "name"));
        let against_witness = attack.against_witness.as_ref().map_or_else(|_| String::new(), written);
        assert_eq!(against_witness, text(case, "against_witness"), "{}", text(case, "name"));
    }
}
