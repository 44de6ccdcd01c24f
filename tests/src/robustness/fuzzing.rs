//! The inputs that fuzzing kept. Each reaches code that no other input reaches, or has made a target fail.

use std::collections::BTreeSet;
use std::fs;

use crate::harness::root;

#[test]
fn no_target_fails_on_an_input_that_fuzzing_kept() {
    let corpus = root().join("tests/fuzz/corpus");
    let names = |folder: &std::path::Path| -> BTreeSet<String> {
        let entries = fs::read_dir(folder).expect("a folder");
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
    };
    let targets: BTreeSet<String> = fuzz::TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names(&corpus), targets);
    for (name, target) in fuzz::TARGETS {
        let folder = corpus.join(name);
        let inputs = names(&folder);
        assert!(inputs.len() >= 10, "{name}: {}", inputs.len());
        for input in inputs {
            // The test runner shows this if the target panics.
            eprintln!("{name}/{input}");
            target(&fs::read(folder.join(input)).expect("an input"));
        }
    }
}
