//! Lists of users, and the search for one.

use serde_json::{Value, json};

use crate::harness::command::Operator;
use crate::harness::{Client, soak};

/// A stack with users `user000` and so on, of whom each tenth is an editor.
async fn with_users(count: usize) -> Operator {
    let operator = Operator::start().await;
    Client::signed_up(&operator.latchkey, "user000").await;
    let model = operator.latchkey.database.items("UsersTable").pop().expect("a user");
    let user = |number: usize| {
        let name = format!("user{number:03}");
        let mut user = model.clone();
        user["user_id"] = json!({ "S": format!("{number:021}A") });
        user["username"] = json!({ "S": name });
        user["username_canonical"] = json!({ "S": name });
        user["role"] = json!({ "S": if number.is_multiple_of(10) { "editor" } else { "user" } });
        user["name"] = json!({ "S": format!("Someone {number}") });
        user
    };
    let numbers: Vec<usize> = (1..count).collect();
    for numbers in numbers.chunks(10_000) {
        operator.latchkey.database.import("UsersTable", numbers.iter().copied().map(user).collect());
    }
    operator
}

fn usernames(users: &Value) -> Vec<String> {
    let users = users.as_array().expect("users").iter();
    let mut names: Vec<_> = users.map(|user| user["username"].as_str().expect("a name").to_owned()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_list_ends_at_its_limit_and_says_how_to_go_on_until_every_user_was_listed_once() {
    let operator = with_users(120).await;
    let (mut all, mut after) = (Vec::new(), None::<String>);
    for expected in [50, 50, 20] {
        let mut arguments = vec!["--json".to_owned(), "user".to_owned(), "list".to_owned()];
        arguments.extend(after.iter().map(|id| format!("--after={id}")));
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let page = operator.run(&arguments).await.json();
        assert_eq!(page["users"].as_array().expect("users").len(), expected);
        all.extend(usernames(&page["users"]));
        after = page["next"].as_str().map(str::to_owned);
    }
    assert_eq!(after, None, "null only at the end");
    all.sort();
    assert_eq!(all, (0..120).map(|number| format!("user{number:03}")).collect::<Vec<_>>());
    let text = operator.run(&["user", "list", "--limit", "2"]).await;
    assert_eq!(text.out.lines().count(), 2);
    assert!(
        text.err.contains("2 found, 2 items read, ") && text.err.contains("; more: --after "),
        "{text:?}"
    );
    let text = operator.run(&["user", "list", "--all"]).await;
    assert_eq!(text.out.lines().count(), 120);
    assert!(text.err.contains("120 found, 120 items read, "), "{text:?}");
    let lines = operator.run(&["--json", "user", "list", "--all"]).await.ok();
    assert!(
        lines
            .lines()
            .all(|line| serde_json::from_str::<Value>(line).is_ok_and(|user| user["id"].is_string()))
    );
}

#[tokio::test]
async fn a_search_finds_a_part_of_any_name_among_all_users() {
    let operator = with_users(120).await;
    for (options, expected) in [
        (vec!["--search", "SER11"], 10),
        (vec!["--search", "Someone 7"], 11),
        (vec!["--search", "user000@example"], 120),
        (vec!["--search", "nobody"], 0),
        (vec!["--role", "editor"], 11),
        (vec!["--role", "editor", "--search", "user03"], 1),
        (vec!["--status", "active", "--unverified", "--since", "1h"], 120),
        (vec!["--status", "disabled"], 0),
    ] {
        let arguments = [&["--json", "user", "list", "--all"], options.as_slice()].concat();
        let found = operator.run(&arguments).await.ok();
        assert_eq!(found.lines().count(), expected, "{options:?}");
        // The same with a limit, page by page.
        let arguments = [&["--json", "user", "list", "--limit", "7"], options.as_slice()].concat();
        let page = operator.run(&arguments).await.json();
        assert_eq!(page["users"].as_array().expect("users").len(), expected.min(7), "{options:?}");
        assert_eq!(page["next"].is_null(), expected <= 7, "{options:?} {page}");
    }
    for wrong in [["--since", "24"], ["--since", "-1h"], ["--after", "x"], ["--limit", "0"]] {
        assert_eq!(operator.run(&[&["user", "list"], &wrong[..]].concat()).await.code, 2, "{wrong:?}");
    }
}

#[tokio::test]
async fn the_numbers_of_users_and_sessions_are_counted() {
    let operator = with_users(120).await;
    let counts = operator.run(&["--json", "stats", "--exact"]).await.json();
    let expected = json!({
        "users": 120,
        "statuses": { "active": 120 },
        "roles": { "user": 109, "editor": 11 },
        "verified": 0,
        "sessions": 1,
    });
    assert_eq!(counts, expected);
    let text = operator.run(&["stats"]).await;
    assert!(text.out.contains("hours old"), "{text:?}");
    let text = operator.run(&["stats", "--exact"]).await;
    assert!(
        text.out.contains("120: active 120; 0 with a confirmed") && text.err.contains(" read units"),
        "{text:?}"
    );
}

/// The commands that a help lists.
fn listed(help: &str) -> Vec<&str> {
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands = commands.take_while(|line| !line.is_empty());
    // A description may need more than one line.
    let commands = commands.filter(|line| !line.starts_with("   "));
    commands.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").collect()
}

#[tokio::test]
async fn the_manual_and_the_completions_name_every_command() {
    let operator = Operator::start().await;
    let completions = operator.run(&["completions", "bash"]).await.ok();
    let document = crate::project::sources::text("docs/command.md");
    let mut count = 0;
    for noun in ["", "user", "keys", "password"] {
        let arguments: Vec<&str> = [noun, "--help"].into_iter().filter(|word| !word.is_empty()).collect();
        let help = operator.run(&arguments).await.ok();
        for command in listed(&help) {
            count += 1;
            assert!(completions.contains(command), "{command}");
            assert!(
                document.contains(format!("`{noun} {command}").replace("` ", "`").trim_end()),
                "{command}"
            );
        }
        if noun.is_empty() {
            let (_, codes) = help.split_once("Exit codes: ").expect("the exit codes");
            for code in codes.replace(';', " ; ").split(';').filter_map(|code| code.split_whitespace().next())
            {
                assert!(document.contains(&format!("\n| {code} |")), "{code}");
            }
        }
    }
    assert!(count >= 25, "{count}");
    let folder = operator.folder("man");
    operator.run(&["man", &folder]).await.ok();
    let page = std::fs::read_to_string(format!("{folder}/latchkey-user-delete.1")).expect("a page");
    assert!(page.contains("for ever"), "{page}");
}

#[tokio::test]
async fn a_search_among_many_users_takes_no_more_memory_than_among_few() {
    let many = soak(5_000, 1_000_000);
    let operators = vec![with_users(10).await, with_users(many).await];
    let mut peaks = Vec::new();
    for operator in &operators {
        let options = ["user", "list", "--search", "nobody", "--rate", "1000000"];
        let (done, memory) = operator.peak_memory(&options).await;
        println!("{memory} KiB: {}", done.err);
        assert!(done.code == 0 && done.err.contains("0 found"), "{done:?}");
        peaks.push(memory);
    }
    assert!(peaks[1] < peaks[0] * 2, "{peaks:?} KiB");
    let counts = operators[1].run(&["--json", "stats", "--exact", "--rate", "1000000"]).await.json();
    assert_eq!(counts["users"], many);
}
