//! The code in `src/gen` is what the files in `proto/` give: compiled by protox, without protoc, and never in a build
//! script. After a change of a `.proto` file, write it anew with
//! `cargo test -p lightship-proto --test generated -- --ignored`.
#![expect(clippy::unwrap_used, reason = "a test reports by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use prost_build::{Config, Module};

const SOURCES: [&str; 4] = [
    "ibc/core/channel/v2/packet.proto",
    "ibc/core/channel/v2/tx.proto",
    "ibc/core/client/v2/counterparty.proto",
    "ibc/core/client/v2/tx.proto",
];

fn in_crate(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// File names and contents.
fn generate() -> BTreeMap<String, String> {
    let files = protox::compile(SOURCES, [in_crate("proto")]).unwrap().file;
    let requests = files
        .into_iter()
        .map(|file| (Module::from_protobuf_package_name(file.package()), file))
        .filter(|(module, _)| module.to_string() != "ibc.core.client.v1")
        .collect();
    Config::new()
        .enable_type_names()
        .extern_path(".ibc.core.client.v1", "::ibc_proto::ibc::core::client::v1")
        .generate(requests)
        .unwrap()
        .into_iter()
        .map(|(module, code)| {
            (module.to_file_name_or("unnamed"), format!("// Generated; see tests/generated.rs.\n{code}"))
        })
        .collect()
}

#[test]
fn generated_code_is_what_the_proto_files_give() {
    let committed: BTreeMap<_, _> = fs::read_dir(in_crate("src/gen"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap()))
        .collect();
    assert!(committed == generate(), "src/gen is not what proto/ gives; see the head of this file");
}

#[test]
#[ignore = "writes src/gen"]
fn write_generated_code() {
    for (name, code) in generate() {
        fs::write(in_crate("src/gen").join(name), code).unwrap();
    }
}
