//! The files of an import and an export, which others may have written.

use crate::harness::command::Operator;
use crate::operator::changeovers::{file_of, row};
use crate::operator::imports::{BCRYPT, rejected, write};

#[tokio::test]
async fn a_file_that_is_none_changes_nothing() {
    let operator = Operator::start().await;
    for (name, text, expected) in [
        ("a.csv", "external_id,email,passwd\n1,a@example.com,x\n", "the column passwd is unknown"),
        ("a.ndjson", "{\"external_id\":\"1\",\"email\":\"a@example.com\",\"is_admin\":true}", "line 1"),
        ("b.csv", "email,external_id,email\n", "the column email is there twice"),
        ("a.txt", "", "its name must end with"),
    ] {
        let file = write(&operator, name, text);
        let done = operator.run(&["import", &file, "--source", "old", "--yes"]).await;
        assert!(done.code == 2 && done.err.contains(expected), "{name}: {done:?}");
    }
    let missing = operator.run(&["import", "/nowhere.csv", "--source", "old", "--yes"]).await;
    assert_eq!(missing.code, 2, "{missing:?}");
    assert_eq!(operator.run(&["import", "x.csv", "--source", "Old One", "--yes"]).await.code, 2);
    for (name, text, lines) in [
        ("c.csv", "external_id,email\n1\n2,a@example.com,x\n\"3\",\"\"\n", 2..=4),
        ("c.ndjson", "{\"external_id\":\"1\",\n{\"external_id\":[1]}\n[]\n7\n", 1..=4),
    ] {
        let file = write(&operator, name, text);
        let done = operator.run(&["import", &file, "--source", "old", "--yes"]).await;
        assert_eq!(done.code, 5, "{done:?}");
        let rejected: Vec<u64> = rejected(&file).into_iter().map(|(line, _)| line).collect();
        assert_eq!(rejected, lines.collect::<Vec<_>>(), "each row is named, and the others go on");
    }
    assert_eq!(operator.latchkey.database.counts(), (0, 0, 0));
}

#[tokio::test]
async fn a_row_without_an_end_is_refused_and_never_in_memory() {
    const BYTES: usize = 200 << 20;
    let operator = Operator::start().await;
    let long = "x".repeat(BYTES);
    for (name, text, format) in [
        ("a.csv", format!("external_id,email\n1,a@example.com\n2,\"{long}"), None),
        ("b.csv", format!("external_id,{long}"), None),
        ("a.ndjson", format!("{{\"external_id\":\"{long}"), None),
        ("a.json", format!("{{\"users\":[{{\"id\":\"1\",\"email\":\"{long}"), Some("keycloak")),
        ("b.json", format!("{{\"{long}"), Some("keycloak")),
    ] {
        let file = write(&operator, name, &text);
        let mut import = vec!["import", &*file, "--source", "old", "--dry-run"];
        import.extend(format.into_iter().flat_map(|format| ["--format", format]));
        let (done, memory) = operator.peak_memory(&import).await;
        assert!(done.code == 2 && done.err.contains("too long"), "{name}: {done:?}");
        assert!(memory < 64 * 1024, "{name}: {memory} KiB");
        std::fs::remove_file(file).expect("a file");
    }
}

#[tokio::test]
async fn no_link_is_followed_and_no_note_of_another_user_is_obeyed() {
    let operator = Operator::start().await;
    let file = file_of(&operator, "users.ndjson", &[row("anna", BCRYPT), row("x", BCRYPT)]);
    let victim = write(&operator, "victim", "precious");
    for end in [".rejected.ndjson", ".latchkey.next"] {
        std::os::unix::fs::symlink(&victim, format!("{file}{end}")).expect("a link");
    }
    assert_eq!(operator.run(&["import", &file, "--source", "old", "--yes"]).await.code, 5);
    assert_eq!(rejected(&file).len(), 1);
    let note = format!("{file}.latchkey");
    write(&operator, "users.ndjson.latchkey", "{}");
    let refused = operator.run(&["import", &file, "--source", "old", "--yes"]).await;
    assert!(
        refused.code == 4 && refused.err.contains("is not yours alone"),
        "others may read it: {refused:?}"
    );
    std::fs::remove_file(&note).expect("a file");

    let target = operator.folder("nowhere");
    let export = operator.folder("export.ndjson");
    std::os::unix::fs::symlink(&target, &export).expect("a link");
    assert_eq!(operator.run(&["export", &export]).await.code, 4, "a link that leads nowhere");
    assert!(!std::fs::exists(&target).expect("a folder"));
    assert_eq!(std::fs::read_to_string(&victim).expect("a file"), "precious");
}
