//! What a machine can check of the project itself: its parts agree, and its shape holds.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::edge::events::files;
use crate::harness::{root, template};

/// The Rust files below a folder, with their text.
pub fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a text");
                found.push((path.strip_prefix(root()).expect("below the root").to_owned(), text));
            }
        }
    }
    found
}

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).expect(path)
}

#[test]
fn the_functions_of_the_template_are_the_folders() {
    let folders: BTreeSet<String> = fs::read_dir(root().join("functions"))
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    let functions: BTreeSet<String> =
        template().functions().into_iter().map(|function| function.name).collect();
    assert_eq!(functions, folders);
}

#[test]
fn cargo_lambda_watch_routes_every_path_to_the_function_that_the_template_names() {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root())
        .output()
        .expect("cargo metadata");
    let metadata: Value = serde_json::from_slice(&metadata.stdout).expect("JSON");
    let router = metadata["metadata"]["lambda"]["watch"]["router"].as_object().expect("the routes").clone();
    let watched: BTreeMap<String, String> = router
        .into_iter()
        .map(|(path, name)| (path, name.as_str().expect("a plain string").to_owned()))
        .collect();
    let mut deployed = BTreeMap::new();
    for function in template().functions() {
        for (_, path) in function.routes {
            let path = if path == "$default" { "/{*path}".to_owned() } else { path };
            deployed.insert(path, function.name.clone());
        }
    }
    assert_eq!(watched, deployed);
}

#[test]
fn every_path_is_routed_for_any_method() {
    for function in template().functions() {
        for (_, path) in &function.routes {
            assert!(function.routes.contains(&("ANY".to_owned(), path.clone())), "{path}");
        }
    }
}

#[test]
fn the_documents_name_every_route_variable_parameter_event_and_command() {
    let template = template();
    let api = text("docs/api.md");
    let pages = template
        .functions()
        .into_iter()
        .map(|function| text(&format!("docs/capabilities/{}.md", function.name)));
    let settings = pages.fold(text("docs/configuration.md"), |settings, page| settings + &page);
    for function in template.functions() {
        for (method, path) in function.routes.iter().filter(|(method, _)| method != "ANY") {
            assert!(api.contains(&format!("`{method} {path}`")), "{method} {path}");
        }
        for variable in function.environment.keys() {
            assert!(settings.contains(&format!("`{variable}`")), "{variable}");
        }
    }
    for parameter in template.json()["Parameters"].as_object().expect("parameters").keys() {
        assert!(settings.contains(&format!("`{parameter}`")), "{parameter}");
    }
    let events = text("events/README.md");
    for function in template.functions() {
        for name in files(&function.name).into_keys() {
            assert!(events.contains(&format!("`{name}.json`")), "{name}");
        }
    }
    let makefile = text("Makefile");
    let commands = text("CONTRIBUTING.md");
    let targets =
        makefile.lines().filter(|line| line.starts_with(char::is_alphabetic) && line.contains(" ## "));
    for name in targets.filter_map(|line| line.split(':').next()) {
        assert!(commands.contains(&format!("`make {name}`")), "make {name}");
    }
}

#[test]
fn every_variable_that_the_code_reads_is_set_by_the_template() {
    let ours = |name: &String| !name.starts_with("AWS_");
    let set = template().functions().into_iter().flat_map(|function| function.environment.into_keys());
    let set: BTreeSet<String> = set.filter(ours).collect();
    let mut read = BTreeSet::new();
    for (_, text) in sources("shared/src") {
        let text = text.split("#[cfg(test)]").next().expect("a part").to_owned();
        for call in [
            "get(\"",
            "table(\"",
            "required(\"",
            "seconds(\"",
            "number(\"",
            "rate(\"",
            "VARIABLE: &str = \"",
            "KEYS: &str = \"",
            "VARIABLE: &'static str = \"",
        ] {
            for (position, _) in text.match_indices(call) {
                let name = text[position + call.len()..].split('"').next().expect("a name");
                if name.chars().all(|character| {
                    character.is_ascii_uppercase() || character == '_' || character.is_ascii_digit()
                }) {
                    read.insert(name.to_owned());
                }
            }
        }
    }
    let read: BTreeSet<String> = read.into_iter().filter(ours).collect();
    assert_eq!(read, set);
}

#[test]
fn arrows_between_the_modules_run_one_way() {
    for (path, text) in sources("shared/src") {
        let code = text.split("#[cfg(test)]").next().expect("a part");
        let of = |module: &str| {
            path.starts_with(format!("shared/src/{module}"))
                || path == Path::new(&format!("shared/src/{module}.rs"))
        };
        let uses = |module: &str| code.contains(&format!("use crate::{module}"));
        if !of("http") {
            assert!(!uses("http"), "{} knows HTTP", path.display());
        }
        if !of("store") {
            assert!(!uses("store") && !code.contains("aws_sdk_dynamodb::Client"), "{}", path.display());
        }
        if !of("store") && !of("keys/secret") && !of("aws") {
            assert!(!code.contains("use aws_sdk"), "{} knows AWS", path.display());
        }
    }
    for (path, text) in sources("functions") {
        for name in ["signup", "login", "logout", "profile", "rotation"] {
            let own = path.starts_with(format!("functions/{name}"));
            assert!(own || !text.contains(&format!("use {name}::")), "{} uses {name}", path.display());
        }
        assert!(!text.contains("aws_sdk"), "{} knows the database", path.display());
    }
}

#[test]
fn no_function_gives_itself_leave_to_verify_a_password() {
    for folder in ["functions", "shared/src"] {
        for (path, text) in sources(folder) {
            let text = text.split("#[cfg(test)]").next().expect("a part").to_owned();
            assert!(!text.contains("Permit::for_tests"), "{}", path.display());
            let is_limiter = path.ends_with("limiter/login.rs") || path.ends_with("limits/permit.rs");
            assert!(is_limiter || !text.contains("Permit::new("), "{}", path.display());
        }
    }
}

#[test]
fn every_file_says_what_it_is_for_and_none_has_outgrown_its_name() {
    for folder in ["shared/src", "functions", "infra/local/src", "tests/src", "tests/fuzz/src"] {
        for (path, text) in sources(folder) {
            assert!(text.starts_with("//! "), "{} does not open with its purpose", path.display());
            let limit = if folder == "tests/src" { 400 } else { 300 };
            let lines = text.split("#[cfg(test)]\nmod tests").next().expect("a part").lines().count();
            assert!(lines <= limit, "{} has {lines} lines", path.display());
        }
    }
}

#[test]
fn the_variables_of_a_function_fit_into_lambda_s_four_kilobytes() {
    let logo = template().json()["Parameters"]["Logo"]["MaxLength"].as_u64().expect("a length");
    for function in template().functions().into_iter().filter(|function| !function.routes.is_empty()) {
        let longest = |variable: &str| match variable {
            "LOGO" => usize::try_from(logo).expect("a length"),
            "APPLICATION_NAME" => 50 * 4,
            "PUBLIC_ORIGIN" => "https://".len() + 253,
            "STACK_NAME" => 128,
            "SIGNING_KEYS_SECRET" => 120,
            table if table.ends_with("_TABLE") => 128 + "-CredentialsTable-ABCDEFGHIJKLM".len(),
            _ => 12,
        };
        let size: usize =
            function.environment.keys().map(|variable| variable.len() + longest(variable)).sum();
        assert!(size <= 4_096, "{}: {size}", function.name);
    }
}

#[test]
fn what_checkov_skips_has_a_reason_and_is_little() {
    fn skips(value: &Value, found: &mut Vec<(String, String)>) {
        for skip in value["checkov"]["skip"].as_array().into_iter().flatten() {
            let text = |name: &str| skip[name].as_str().unwrap_or_default().to_owned();
            found.push((text("id"), text("comment")));
        }
        for member in value.as_object().into_iter().flat_map(|members| members.values()) {
            skips(member, found);
        }
    }
    let monitoring = fs::read_to_string(root().join("infra/monitoring.yaml")).expect("a template");
    let monitoring = local::template::yaml(&monitoring).expect("YAML");
    let mut found = Vec::new();
    for template in [template().json(), &monitoring] {
        skips(template, &mut found);
    }
    let everywhere = fs::read_to_string(root().join("infra/checkov.yaml")).expect("the settings of checkov");
    let settings = local::template::yaml(&everywhere).expect("YAML");
    for id in settings["skip-check"].as_array().expect("a list").iter().filter_map(Value::as_str) {
        let reason = everywhere.lines().find_map(|line| line.trim().strip_prefix(&format!("- {id} # ")));
        found.push((id.to_owned(), reason.unwrap_or_default().to_owned()));
    }
    assert!(found.iter().all(|(_, comment)| comment.len() > 20), "{found:?}");
    let ids: BTreeSet<&String> = found.iter().map(|(id, _)| id).collect();
    assert!((1..=8).contains(&ids.len()), "{ids:?}");
}

#[test]
fn the_workflow_stores_no_keys_and_pins_its_actions_by_hash() {
    let workflow = fs::read_to_string(root().join(".github/workflows/ci.yml")).expect("the workflow");
    let parsed = local::template::yaml(&workflow).expect("YAML");
    assert_eq!(parsed["permissions"], serde_json::json!({ "contents": "read" }));
    assert!(!workflow.contains("secrets.") && !workflow.contains("pull_request_target"));
    let uses = workflow.lines().filter_map(|line| line.split_once("uses: ")).map(|(_, action)| action);
    for action in uses {
        let (_, pin) = action.split_once('@').expect("a pin");
        let hash = pin.split(' ').next().expect("a hash");
        assert!(hash.len() == 40 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{action}");
    }
    let runs: Vec<&Value> = parsed["jobs"]["check"]["steps"].as_array().expect("steps").iter().collect();
    assert!(runs.iter().any(|step| step["run"] == ".ci/run"));
}
