//! The parts of a capability agree: its folder, its section of the template, its tests, its events, its API, its page.

use std::collections::BTreeSet;
use std::fs;

use crate::edge::events::files;
use crate::functions::Functions;
use crate::harness::{root, template};
use crate::project::sources::text;

/// The names of the functions of the template.
fn names() -> BTreeSet<String> {
    template().functions().into_iter().map(|function| function.name).collect()
}

/// The names of the entries of a folder, without their endings.
fn entries(folder: &str) -> BTreeSet<String> {
    let entries =
        fs::read_dir(root().join(folder)).expect("the folder").map(|entry| entry.expect("an entry").path());
    entries.map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned()).collect()
}

#[test]
fn each_function_has_its_folder_its_tests_its_events_and_its_page() {
    let names = names();
    assert_eq!(entries("functions"), names);
    assert_eq!(entries("tests/src/functions"), names);
    assert_eq!(entries("docs/capabilities"), names);
    let mut events = entries("events");
    assert!(events.remove("README"));
    assert_eq!(events, names);
    for name in &names {
        assert!(!files(name).is_empty(), "events/{name} is empty");
    }
    let functions = template().functions().into_iter().filter(|function| !function.routes.is_empty());
    let with_routes: BTreeSet<String> = functions.map(|function| function.name).collect();
    assert_eq!(Functions::NAMES.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>(), with_routes);
}

#[test]
fn each_function_has_one_section_of_the_template_in_the_order_of_the_folders() {
    let template = text("template.yaml");
    let banners = template.split("\n  # ── ").skip(1);
    let sections = banners.filter_map(|section| {
        let (_, function) = section.split_once("Binary: ")?;
        Some((function.split([' ', '\n']).next().expect("a name").to_owned(), section))
    });
    let sections: Vec<(String, &str)> = sections.collect();
    assert_eq!(sections.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>(), Vec::from_iter(names()));
    for (name, section) in sections {
        let lines = section.lines().count();
        assert!(lines <= 90, "{name} has {lines} lines");
        for part in ["Function:", "Logs:", "Role:"] {
            assert_eq!(section.matches(&format!("{part}\n    Type: ")).count(), 1, "{name}: {part}");
        }
    }
}

#[test]
fn every_path_is_routed_for_any_method() {
    for function in template().functions() {
        for (_, path) in &function.routes {
            assert!(function.routes.contains(&("ANY".to_owned(), path.clone())), "{path}");
        }
    }
}
