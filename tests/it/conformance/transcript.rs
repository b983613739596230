//! What a script heard, step by step, and its comparison with what was recorded.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::differences::Difference;

/// Answers in the order in which they were heard, in groups.
#[derive(Debug, Default)]
pub(crate) struct Transcript {
    groups: Vec<(String, Vec<(String, Value)>)>,
}

impl Transcript {
    /// Steps from here on belong to another group: one golden file each.
    pub(crate) fn begin(&mut self, group: &str) {
        self.groups.push((group.to_owned(), Vec::new()));
    }

    /// Keeps an answer, already masked.
    pub(crate) fn record(&mut self, step: &str, answer: Value) -> Result<()> {
        let (group, steps) = self.groups.last_mut().context("no group was begun")?;
        ensure!(steps.iter().all(|(known, _)| known != step), "two steps {step:?} in {group}");
        steps.push((step.to_owned(), answer));
        Ok(())
    }

    /// Writes the golden files.
    pub(crate) fn write(&self) -> Result<()> {
        for (group, steps) in &self.groups {
            let lines: Vec<Value> =
                steps.iter().map(|(step, answer)| json!({ "step": step, "answer": answer })).collect();
            fs::write(golden(group), text(&Value::Array(lines), 0) + "\n")?;
        }
        Ok(())
    }

    /// Every difference from the golden files that is not allowed, and every allowed one that is none.
    pub(crate) fn compare(&self, allowed: &[Difference]) -> Result<Vec<String>> {
        let mut found = Vec::new();
        let mut used = BTreeSet::new();
        for (group, steps) in &self.groups {
            let file = golden(group);
            let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
            let recorded: Vec<Value> = serde_json::from_str(&text).with_context(|| file.display().to_string())?;
            let name = |line: &Value| line["step"].as_str().unwrap_or_default().to_owned();
            let names: Vec<String> = recorded.iter().map(name).collect();
            let heard: Vec<String> = steps.iter().map(|(step, _)| step.clone()).collect();
            if names != heard {
                found.push(format!("{group}: recorded steps are {names:?}, heard {heard:?}"));
            }
            for (step, answer) in steps {
                let Some(line) = recorded.iter().find(|line| name(line) == *step) else { continue };
                let step = format!("{group}/{step}");
                differ("", &line["answer"], answer, &mut |pointer, text| {
                    let matching = allowed.iter().position(|difference| difference.covers(&step, pointer));
                    match matching {
                        Some(index) => _ = used.insert(index),
                        None => found.push(format!("{step} at {pointer:?}: {text}")),
                    }
                });
            }
        }
        let unused = allowed.iter().enumerate().filter(|(index, _)| !used.contains(index));
        found.extend(unused.map(|(_, difference)| format!("no such difference any more: {difference:?}")));
        Ok(found)
    }
}

/// JSON to be read by people: what fits on a line stands on one.
fn text(value: &Value, indent: usize) -> String {
    const LINE_MAX: usize = 118;
    let short = value.to_string();
    if indent > 0 && indent + short.len() <= LINE_MAX {
        return short;
    }
    let (inner, outer) = (" ".repeat(indent + 1), " ".repeat(indent));
    let lines = |parts: Vec<String>, open: &str, close: &str| {
        let parts: Vec<String> = parts.into_iter().map(|part| format!("{inner}{part}")).collect();
        format!("{open}\n{}\n{outer}{close}", parts.join(",\n"))
    };
    match value {
        Value::Object(object) if !object.is_empty() => {
            let part = |(key, value): (&String, &Value)| format!("{}: {}", json!(key), text(value, indent + 1));
            lines(object.iter().map(part).collect(), "{", "}")
        }
        Value::Array(list) if !list.is_empty() => {
            lines(list.iter().map(|value| text(value, indent + 1)).collect(), "[", "]")
        }
        Value::Object(_) | Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            short
        }
    }
}

/// Where a group is recorded.
fn golden(group: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/golden/conformance")).join(format!("{group}.json"))
}

fn differ(pointer: &str, recorded: &Value, heard: &Value, tell: &mut impl FnMut(&str, String)) {
    match (recorded, heard) {
        (Value::Object(recorded), Value::Object(heard)) => {
            let keys: BTreeSet<&String> = recorded.keys().chain(heard.keys()).collect();
            for key in keys {
                let pointer = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
                match (recorded.get(key), heard.get(key)) {
                    (Some(recorded), Some(heard)) => differ(&pointer, recorded, heard, tell),
                    (Some(recorded), None) => tell(&pointer, format!("recorded {recorded}, heard nothing")),
                    (None, Some(heard)) => tell(&pointer, format!("recorded nothing, heard {heard}")),
                    (None, None) => {}
                }
            }
        }
        (Value::Array(recorded), Value::Array(heard)) if recorded.len() == heard.len() => {
            for (index, (recorded, heard)) in recorded.iter().zip(heard).enumerate() {
                differ(&format!("{pointer}/{index}"), recorded, heard, tell);
            }
        }
        (recorded, heard) if recorded == heard => {}
        (recorded, heard) => tell(pointer, format!("recorded {recorded}, heard {heard}")),
    }
}

#[test]
fn what_is_written_is_read_again() {
    let long = "l".repeat(120);
    let value = json!([{ "answer": { "short": [1, 2], "long": [long, {}, []] }, "step": "a \"step\"" }]);
    let written = text(&value, 0);
    assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), value);
    assert!(written.lines().any(|line| line.trim() == r#""short": [1,2]"#), "{written}");
}

#[test]
fn a_difference_is_told_by_its_place_and_an_allowed_one_is_not() {
    let mut told = Vec::new();
    let (recorded, heard) = (json!({ "a": [1, 2], "b": 1 }), json!({ "a": [1, 3], "c": 1 }));
    differ("", &recorded, &heard, &mut |pointer, _| told.push(pointer.to_owned()));
    assert_eq!(told, ["/a/1", "/b", "/c"]);

    let allowed = Difference { step: "group/*", pointer: "/a/*", reason: "why" };
    assert!(allowed.covers("group/step", "/a/1"));
    assert!(!allowed.covers("group/step", "/b") && !allowed.covers("other/step", "/a/1"));
}
