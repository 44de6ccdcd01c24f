//! The walk-through of the documents: their commands are run, and the responses must be those that they print.

use serde_json::Value;
use tokio::process::Command;

use crate::harness::root;

/// Commands and their responses, from the blocks of the documents that are marked as `console`.
fn steps() -> Vec<(String, String)> {
    let documents =
        ["README.md", "docs/api.md"].map(|path| std::fs::read_to_string(root().join(path)).expect(path));
    let documents = documents.concat();
    let blocks = documents.split("```console\n").skip(1).filter_map(|block| block.split("```").next());
    let steps = blocks.flat_map(|block| block.split("$ ").skip(1)).filter_map(|step| step.split_once('\n'));
    steps.map(|(command, answer)| (command.to_owned(), answer.trim().to_owned())).collect()
}

/// The same answer with its ids and times taken out.
fn without_ids_and_times(answer: &str) -> Value {
    fn mask(value: &mut Value) {
        for (name, member) in value.as_object_mut().into_iter().flatten() {
            let time = name.ends_with("_at");
            if time || matches!(name.as_str(), "id" | "request_id") {
                assert!(member.is_string());
                *member = Value::Null;
            }
            mask(member);
        }
    }
    let mut value = serde_json::from_str(answer).unwrap_or_else(|_| Value::from(answer));
    mask(&mut value);
    value
}

/// Runs the walk-through against the stack on this port.
pub async fn run(port: u16) {
    let steps = steps();
    assert!(steps.len() >= 7, "{steps:?}");
    let folder = root().join("target/stack-test").join(format!("walkthrough-{port}"));
    std::fs::create_dir_all(&folder).expect("a folder");
    for (command, expected) in steps {
        let here = |text: &str| {
            text.replace("127.0.0.1:9000", &format!("127.0.0.1:{port}"))
                .replace("/tmp/cookies.txt", "cookies.txt")
        };
        let ours = here(&command);
        let output = Command::new("sh").args(["-c", &ours]).current_dir(&folder).output().await.expect("sh");
        if output.status.code() == Some(127) {
            eprintln!("SKIPPED: the walk-through of the documents needs curl");
            break;
        }
        let answer = String::from_utf8(output.stdout).expect("UTF-8");
        assert_eq!(
            without_ids_and_times(answer.trim()),
            without_ids_and_times(&here(&expected)),
            "{command}"
        );
    }
    std::fs::remove_dir_all(folder).expect("the folder is gone");
}
