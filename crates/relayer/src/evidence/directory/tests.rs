//! What is kept is there, whole, whatever stood there before.

use super::*;
use crate::evidence::testing::{false_state, fork};

fn directory() -> (tempfile::TempDir, Directory) {
    let parent = tempfile::tempdir().unwrap();
    let directory = Directory::new(parent.path().join("evidence"));
    (parent, directory)
}

#[test]
fn a_case_that_is_kept_twice_is_one_file_that_reads_back() {
    let (_parent, directory) = directory();
    assert_eq!(directory.names().unwrap(), Vec::<String>::new(), "there is no directory yet");
    for case in [fork(10), false_state(9, 10)] {
        let name = directory.keep(&case).unwrap();
        assert!(name.starts_with("chain-1-9-"), "{name}");
        let again = Case { at: types::Timestamp::from_seconds(90), ..case.clone() };
        assert_eq!(directory.keep(&again).unwrap(), name, "where and when it was seen makes no other case");
        assert_eq!(directory.case(&name).unwrap(), case, "the first that was kept stays");
    }
    assert_eq!(directory.names().unwrap().len(), 2);
}

#[test]
fn what_a_crash_has_left_is_nobodys_evidence_and_is_written_again() {
    let (_parent, directory) = directory();
    let case = fork(10);
    let name = directory.keep(&case).unwrap();
    let file = directory.file(&name);
    let whole = fs::read(&file).unwrap();
    let mut new = file.clone().into_os_string();
    new.push(".new");
    for length in [0, 1, whole.len() / 2, whole.len() - 3] {
        fs::remove_file(&file).unwrap();
        fs::write(&new, &whole[..length]).unwrap();
        assert_eq!(directory.names().unwrap(), Vec::<String>::new(), "a part of {length} bytes counts");
        fs::write(&file, &whole[..length]).unwrap();
        assert!(matches!(directory.case(&name).unwrap_err(), FileError::Malformed { .. }), "{length}");
        assert_eq!(directory.keep(&case).unwrap(), name);
        assert_eq!(fs::read(&file).unwrap(), whole, "{length}");
    }
}

#[test]
fn two_cases_whose_names_begin_alike_are_both_kept() {
    let (_parent, directory) = directory();
    let (one, other) = (fork(10), fork(11));
    let name = directory.keep(&one).unwrap();
    fs::write(directory.file(&name), file::text(&other).unwrap()).unwrap();
    let longer = directory.keep(&one).unwrap();
    assert!(longer.len() > name.len() && longer.starts_with(&name), "{longer}");
    assert_eq!((directory.case(&name).unwrap(), directory.case(&longer).unwrap()), (other, one.clone()));
    assert_eq!(directory.keep(&one).unwrap(), longer);
}

#[test]
fn a_file_of_another_version_or_with_other_evidence_is_refused_with_the_mend() {
    let (_parent, directory) = directory();
    let name = directory.keep(&fork(10)).unwrap();
    let file = directory.file(&name);
    let text = fs::read_to_string(&file).unwrap();
    let refusal = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        fs::write(&file, text.replacen(from, to, 1)).unwrap();
        directory.case(&name).unwrap_err().to_string()
    };
    assert!(refusal("\"version\": 1", "\"version\": 2").contains("use the one that wrote it"));
    assert!(refusal("\"version\": 1", "\"version\": 1, \"more\": 0").contains("unknown field"));
    assert!(refusal("LightClientAttackEvidence", "DuplicateVoteEvidence").contains("was altered"));
    File::create(&file).unwrap().set_len(crate::evidence::EVIDENCE_BYTES_MAX + 1).unwrap();
    assert!(directory.case(&name).unwrap_err().to_string().contains("name another file"));
    fs::remove_file(&file).unwrap();
    assert!(directory.case(&name).unwrap_err().to_string().contains("evidence list"));
}

#[test]
fn a_disk_that_refuses_is_an_error_that_names_the_place() {
    let (parent, _) = directory();
    let file = parent.path().join("no-directory");
    fs::write(&file, "").unwrap();
    let error = Directory::new(file.join("evidence")).keep(&fork(10)).unwrap_err().to_string();
    assert!(error.contains("no-directory/evidence"), "{error}");
}

#[test]
fn a_chain_can_not_choose_where_its_evidence_is_written() {
    let case = Case { chain: "../../etc/x\u{202e}".parse().unwrap(), ..fork(10) };
    assert_eq!(name(&case, "00"), ".._.._etc_x_-9-00");
}

#[test]
fn progress_reads_back_and_is_nothing_where_it_is_lost() {
    let (_parent, directory) = directory();
    let name = directory.keep(&fork(10)).unwrap();
    assert_eq!(directory.progress(&name), Progress::default());
    let end = crate::evidence::End::Frozen { here: true };
    let progress =
        Progress { is_settled: true, clients: [("chain-b/c".to_owned(), end)].into(), ..Progress::default() };
    directory.note(&name, &progress).unwrap();
    assert_eq!(directory.progress(&name), progress);
    assert_eq!(directory.names().unwrap(), [name], "it is no evidence");
}
