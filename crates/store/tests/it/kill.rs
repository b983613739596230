//! A process that is killed at any time: what it was told is durable is there, and every step is whole.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use engine::{CursorRecord, Progress, Record};
use lightship_store::Store;
use types::BlockHeight;

use crate::records::{cursor, key, outbox, packet, packet_bytes, packet_record};

const KILLS: u64 = 20;
/// Packets of earlier steps are forgotten, so that the database changes and does not only grow.
const KEPT: u64 = 40;

/// One step, over four trees.
fn step(number: u64) -> Vec<Record> {
    let mut records = vec![cursor(number), packet_record(number, Progress::Sent), packet_bytes(number), outbox(number)];
    if let Some(old) = number.checked_sub(KEPT) {
        records.push(Record::PacketForgotten { key: key(old) });
        records.push(Record::OutboxCleared { tx: engine::TxId(old) });
    }
    records
}

/// How many steps the store has; panics if one of them is not whole.
fn whole_steps(store: &Store) -> u64 {
    let records = store.restore().unwrap();
    let Some(Record::Cursor { cursor: CursorRecord { cursor: BlockHeight(last), .. }, .. }) = records.first() else {
        assert_eq!(records, [], "without a cursor there is no step");
        return 0;
    };
    let kept: Vec<u64> = (1.max((last + 1).saturating_sub(KEPT))..=*last).collect();
    let expected: Vec<Record> = [cursor(*last)]
        .into_iter()
        .chain(kept.iter().map(|number| packet_record(*number, Progress::Sent)))
        .chain(kept.iter().map(|number| outbox(*number)))
        .collect();
    assert_eq!(records, expected, "steps up to {last}");
    for number in kept {
        assert_eq!(store.packet(&key(number)).unwrap(), Some(packet(number)));
    }
    *last
}

/// Runs in a process of its own, see below: applies steps without end and prints those that are durable.
#[tokio::test]
#[ignore = "the process that is killed in killed_at_any_time_it_keeps_what_it_said"]
async fn victim() {
    let dir = std::env::var_os("LIGHTSHIP_STORE_DIR").unwrap();
    let opened = Store::open(Path::new(&dir)).unwrap();
    assert_eq!(opened.notice, None);
    let first = whole_steps(&opened.store) + 1;
    let mut out = std::io::stdout();
    // Two are on their way at a time, so that commits merge.
    let mut pending = opened.store.apply(step(first));
    for number in first.. {
        let next = opened.store.apply(step(number + 1));
        pending.await.unwrap();
        pending = next;
        writeln!(out, "\nacked {number}").unwrap();
        out.flush().unwrap();
    }
}

#[test]
fn killed_at_any_time_it_keeps_what_it_said() {
    let dir = tempfile::tempdir().unwrap();
    let mut acked = 0;
    for round in 0..KILLS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "kill::victim", "--ignored", "--nocapture"])
            .env("LIGHTSHIP_STORE_DIR", dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let before = acked;
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // Round by round a longer life; the kill falls wherever the next step stands then.
        while acked < before + 1 + round * 3 {
            let line = lines.next().expect("the victim ended by itself").unwrap();
            acked = line.strip_prefix("acked ").map_or(acked, |number| number.parse().unwrap());
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // What it still said before it died counts too.
        for line in lines.map_while(Result::ok) {
            acked = line.strip_prefix("acked ").and_then(|number| number.parse().ok()).unwrap_or(acked);
        }
        let opened = Store::open(dir.path()).unwrap();
        assert_eq!(opened.notice, None, "round {round}");
        let there = whole_steps(&opened.store);
        assert!(there >= acked, "round {round}: step {acked} was said to be durable, {there} is the last");
        assert!(there <= acked + 2, "round {round}: no more than two were on their way");
        acked = there;
    }
    assert!(acked >= KILLS);
}
