//! Progress of `clear packets`: a bar on a terminal, plain lines elsewhere; Ctrl-C leaves nothing half done.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use lightship_tests::bed::Bed;
use lightship_tests::chain_under_test::Role;
use lightship_tests::deadline::wait_for;
use lightship_tests::devnet_chain::{DevnetChain, PairOptions};
use lightship_tests::relayer::{Relayer, binary};

const BLOCK_TIME: Duration = Duration::from_millis(300);
/// Each way. One transaction after the other, so that there is time to interrupt them.
const PACKETS: usize = 60;
const WITHIN: Duration = Duration::from_secs(60);
const CTRL_C: &[u8] = b"\x03";
const ESCAPE: char = '\x1b';

#[test]
fn clearing_shows_a_bar_on_a_terminal_and_lines_elsewhere_and_heeds_ctrl_c() {
    let directory = tempfile::tempdir().unwrap();
    let [a, b] = DevnetChain::pair(&PairOptions::new(BLOCK_TIME)).unwrap();
    let bed = Bed::new(Box::new(a), Box::new(b), directory.path());
    let channels = bed.create_path("progress").unwrap();
    let slow = |chain: &mut lightship_tests::relayer::ChainEntry| {
        chain.more = "batch_msgs_max = 10\nin_flight_max = 1".to_owned();
    };
    let relayer = bed.relayer("progress", Role::Relayer, &channels.toml, slow).unwrap();
    bed.send_both_ways(&channels, 1, PACKETS).unwrap();
    let from = bed.heights().unwrap();

    let (code, screen) = interrupted_on_a_terminal(&relayer, &directory.path().join("screen"));
    assert_eq!(code, Some(1), "{screen}");
    assert!(screen.contains("clearing: looking for packets"), "{screen:?}");
    assert!(screen.contains(&format!("/{} packets", 2 * PACKETS)), "{screen:?}");
    assert!(screen.contains("run the same again to go on"), "{screen:?}");
    assert!(screen.trim_end_matches(['\r', '\n']).ends_with("\x1b[2K"), "the bar stays behind: {screen:?}");
    let left = bed.under_way(&channels).unwrap().len();
    assert!(left > 0, "there was nothing to interrupt");

    let ended = relayer.run(["clear", "packets"]).unwrap();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(!ended.stderr.contains(ESCAPE), "{}", ended.stderr);
    let lines: Vec<&str> = ended.stderr.lines().filter(|line| line.starts_with("clearing packets: ")).collect();
    assert!(lines.first().is_some_and(|line| line.ends_with(" ended")) && !lines[0].contains(" of 0 "), "{lines:?}");
    assert!(bed.under_way(&channels).unwrap().is_empty(), "packets are under way still");
    let [a, b] = bed.work_since(Role::Relayer, from).unwrap();
    assert_eq!((a.redundant(), b.redundant()), (0, 0), "what was in flight was sent again: {a:?} {b:?}");
    assert_eq!(a.effective + b.effective, 4 * PACKETS);

    let ended = relayer.run(["clear", "packets"]).unwrap();
    assert!(ended.code == Some(0) && !ended.stderr.contains("clearing packets"), "of nothing it tells: {ended:?}");
}

/// Clears on a terminal of `script` (util-linux); once a packet has ended, presses Ctrl-C. What was on the screen.
fn interrupted_on_a_terminal(relayer: &Relayer, file: &std::path::Path) -> (Option<i32>, String) {
    let config = relayer.config();
    let clear = format!("'{}' --config '{}' clear packets", binary().unwrap().display(), config.display());
    let mut terminal = Command::new("script")
        .args(["--quiet", "--flush", "--return", "--command", &clear])
        .arg(file)
        .env("TERM", "xterm")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let screen = || Ok::<_, anyhow::Error>(String::from_utf8_lossy(&std::fs::read(file)?).into_owned());
    let some_of_all = |text: &str| text.contains(&format!("/{} packets", 2 * PACKETS)) && text.contains("relayed");
    wait_for("bar on the terminal", WITHIN, || Ok(some_of_all(&screen()?).then_some(()))).unwrap();
    let mut keyboard = terminal.stdin.take().unwrap();
    keyboard.write_all(CTRL_C).unwrap();
    keyboard.flush().unwrap();
    let status = wait_for("end after Ctrl-C", WITHIN, || Ok(terminal.try_wait()?)).unwrap();
    // A header and a footer are of `script` itself.
    let text = screen().unwrap();
    let (_, text) = text.split_once('\n').unwrap();
    let text = text.split("\nScript done").next().unwrap_or(text);
    (status.code(), text.to_owned())
}
