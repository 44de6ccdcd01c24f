//! The shape of the crate `latchkey`: which file uses which, without circles, and on few floors.

use std::collections::{BTreeMap, BTreeSet};

use crate::project::sources::{Source, sources};

/// Modules, each with those that it uses. A module is a file, named by its path below `shared/src`, like `http/serve`.
type Arrows = BTreeMap<String, BTreeSet<String>>;

/// The full paths of a `use` tree: `a::{b, c::d}` is `a::b` and `a::c::d`.
fn paths(tree: &str) -> Vec<String> {
    let Some((head, inner)) = tree.split_once('{') else { return vec![tree.trim().to_owned()] };
    let inner = inner.trim_end().strip_suffix('}').expect("the end of the group");
    let (mut depth, mut part, mut parts) = (0, String::new(), Vec::new());
    for character in inner.chars() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(std::mem::take(&mut part));
                continue;
            }
            _ => {}
        }
        part.push(character);
    }
    parts.push(part);
    let parts = parts.iter().filter(|part| !part.trim().is_empty());
    parts.flat_map(|part| paths(part).into_iter().map(|path| format!("{}{path}", head.trim()))).collect()
}

/// What a module uses, from its `use` declarations: each arrow leads to the deepest file on the path.
fn arrows() -> Arrows {
    let sources = sources("shared/src");
    let name = |source: &Source| {
        let path = source.path.strip_prefix("shared/src").expect("below it").with_extension("");
        path.to_str().expect("UTF-8").to_owned()
    };
    let names: BTreeSet<String> = sources.iter().map(name).collect();
    let mut arrows = Arrows::new();
    for source in &sources {
        let own = name(source);
        let mut used = BTreeSet::new();
        let code: Vec<&str> =
            source.code().lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        let code = format!("\n{}", code.join("\n")).replace("\npub use ", "\nuse ");
        let declarations = code.split(';').filter_map(|item| item.rsplit_once("\nuse "));
        for path in declarations.flat_map(|(_, tree)| paths(tree)) {
            let Some(path) = path.strip_prefix("crate::").map(str::to_owned).or_else(|| {
                path.strip_prefix("self::").map(|rest| format!("{}::{rest}", own.replace('/', "::")))
            }) else {
                continue;
            };
            let path = path.replace("::", "/");
            let mut prefixes = path.match_indices('/').map(|(end, _)| &path[..end]).collect::<Vec<_>>();
            prefixes.push(&path);
            used.extend(prefixes.into_iter().rev().find(|prefix| names.contains(*prefix)).map(str::to_owned));
        }
        used.remove(&own);
        arrows.insert(own, used);
    }
    arrows
}

/// On which floor a module is: one above the highest that it uses. Panics where modules use each other in a circle.
fn floor(module: &str, arrows: &Arrows, below: &mut Vec<String>) -> usize {
    assert!(!below.contains(&module.to_owned()), "a circle: {below:?} {module}");
    below.push(module.to_owned());
    let highest = arrows[module].iter().map(|used| floor(used, arrows, below)).max().unwrap_or(0);
    below.pop();
    highest + 1
}

#[test]
fn no_module_uses_itself_in_a_circle_and_there_are_at_most_ten_floors() {
    let arrows = arrows();
    let floors = arrows.keys().map(|module| (floor(module, &arrows, &mut Vec::new()), module));
    let (highest, module) = floors.max().expect("modules");
    assert!(arrows.values().map(BTreeSet::len).sum::<usize>() > 200, "the arrows are read");
    println!("{} modules on {highest} floors; on the highest: {module}", arrows.len());
    assert!(highest <= 10, "{module} is on floor {highest}");
}

#[test]
fn arrows_between_the_rooms_run_one_way() {
    const GROUND: [&str; 11] = [
        "cached",
        "config",
        "error",
        "input",
        "invisible",
        "lambda",
        "log",
        "random",
        "secret",
        "time",
        "violation",
    ];
    let rooms = [
        ("account", vec![]),
        ("session", vec!["account"]),
        ("limits", vec!["account", "session"]),
        ("password", vec!["account", "limits"]),
        ("mail", vec!["account", "session"]),
        ("proof", vec!["account"]),
        ("aws", vec![]),
        ("keys", vec!["aws", "session"]),
        ("token", vec!["account", "session", "keys"]),
        ("store", vec!["account", "session", "limits", "password", "mail", "proof", "aws", "keys"]),
        ("http", vec!["account", "session", "limits", "aws", "keys", "token"]),
    ];
    let room = |module: &str| module.split('/').next().expect("a name").to_owned();
    for (module, used) in arrows() {
        let own = room(&module);
        let known = rooms.iter().find(|(name, _)| *name == own).map(|(_, known)| known.as_slice());
        for used in used.iter().map(|used| room(used)).filter(|used| *used != own) {
            let is_allowed = GROUND.contains(&&*used) || known.unwrap_or_default().contains(&&*used);
            assert!(is_allowed, "{module} uses {used}");
        }
    }
}

#[test]
fn only_the_edges_know_the_services_of_aws_and_functions_know_neither_them_nor_each_other() {
    for source in sources("shared/src") {
        let of = |room: &str| source.path.starts_with(format!("shared/src/{room}"));
        let name = source.path.display();
        let knows = of("store") || of("aws") || source.path.ends_with("aws.rs");
        assert!(knows || !source.code().contains("use aws_sdk"), "{name} knows AWS");
        assert!(of("store") || !source.code().contains("aws_sdk_dynamodb::Client"), "{name}");
    }
    for source in sources("functions") {
        let name = source.path.display();
        for function in crate::harness::template().functions() {
            let own = source.path.starts_with(format!("functions/{}", function.name));
            assert!(own || !source.text.contains(&format!("use {}::", function.name)), "{name}");
        }
        // SES is what the mailer is for.
        let is_sender = source.path.ends_with("functions/mailer/src/sender.rs");
        let text = if is_sender { source.text.replace("aws_sdk_sesv2", "") } else { source.text };
        assert!(!text.contains("aws_sdk"), "{name} knows a service");
    }
}

#[test]
fn no_function_gives_itself_permission_to_verify_a_password() {
    for source in sources("functions").into_iter().chain(sources("shared/src")) {
        let name = source.path.display();
        assert!(!source.code().contains("Permit::for_tests"), "{name}");
        let is_limiter =
            source.path.ends_with("limiter/login.rs") || source.path.ends_with("limits/permit.rs");
        assert!(is_limiter || !source.code().contains("for_counted_attempt"), "{name}");
        // An operator verifies a hash that is in a file.
        let is_of_files =
            source.path.ends_with("password/import.rs") || source.path.ends_with("limits/permit.rs");
        let verifies_freely = ["Permit::for_file", "matches_in_file", "fn for_file"];
        assert!(is_of_files || !verifies_freely.iter().any(|name| source.code().contains(name)), "{name}");
    }
}
