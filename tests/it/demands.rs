//! `tests/README.md` is true: every test that it names is there, and no scenario is left out.

use std::fs;
use std::path::Path;

const TESTS: &str = env!("CARGO_MANIFEST_DIR");

/// What stands before a name says where it is looked for.
#[derive(Clone, Copy)]
enum Kind {
    Scenario,
    Fault,
    Other,
}

#[test]
fn every_test_that_the_table_of_demands_names_is_there() {
    let mut count = 0;
    for (kind, name) in named() {
        count += 1;
        assert!(is_there(kind, &name), "tests/README.md names `{name}`, and there is no such test");
    }
    assert!(count > 50, "the table was not read: {count}");
}

#[test]
fn every_scenario_and_fault_stands_in_the_table_of_demands() {
    let named = named();
    let is_named = |test: &str| {
        named
            .iter()
            .any(|(_, name)| name == test || name.strip_suffix('*').is_some_and(|start| test.starts_with(start)))
    };
    let scenarios = scenarios();
    assert!(scenarios.len() > 30, "{scenarios:?}");
    for test in scenarios.iter().chain(&faults()) {
        assert!(is_named(test), "tests/README.md tells no demand that `{test}` shows");
    }
}

/// All names of tests in the right column of its tables.
fn named() -> Vec<(Kind, String)> {
    let readme = fs::read_to_string(Path::new(TESTS).join("README.md")).unwrap();
    let cells = readme.lines().filter_map(|line| line.strip_suffix(" |")?.rsplit_once(" | "));
    let mut named = Vec::new();
    for (_, cell) in cells.filter(|(_, cell)| *cell != "test") {
        let mut kind = Kind::Other;
        // Names stand between backticks, so that every other part is one.
        for (at, part) in cell.split('`').enumerate() {
            match part.split_whitespace().last() {
                Some(name) if at % 2 == 1 => named.push((kind, name.to_owned())),
                Some("sc") => kind = Kind::Scenario,
                Some("faults") => kind = Kind::Fault,
                Some(word) if word.ends_with(';') || word == "engine" => kind = Kind::Other,
                Some(_) | None => {}
            }
        }
    }
    named
}

fn is_there(kind: Kind, name: &str) -> bool {
    let tests = Path::new(TESTS);
    match kind {
        Kind::Scenario => match name.strip_suffix('*') {
            Some(start) => scenarios().iter().any(|scenario| scenario.starts_with(start)),
            None => scenarios().iter().any(|scenario| scenario == name),
        },
        Kind::Fault => faults().iter().any(|fault| fault == name),
        Kind::Other if name.contains('/') => tests.join(name).is_file() || tests.join("..").join(name).is_file(),
        Kind::Other => {
            let engine = tests.join("../crates/engine/src");
            engine.join("engine/tests").join(name).is_file() || engine.join(name).is_file()
        }
    }
}

/// As `it/scenario.rs` lists them: `name: claim;`.
fn scenarios() -> Vec<String> {
    let list = fs::read_to_string(Path::new(TESTS).join("it/scenario.rs")).unwrap();
    let rows = list.lines().filter_map(|line| line.trim().strip_suffix(';')?.split_once(": "));
    rows.map(|(name, _)| name.to_owned()).collect()
}

fn faults() -> Vec<String> {
    let files = fs::read_dir(Path::new(TESTS).join("it/faults")).unwrap().map(|entry| entry.unwrap().path());
    files.filter_map(|file| Some(file.file_stem()?.to_str()?.to_owned())).collect()
}
