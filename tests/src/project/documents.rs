//! The documents: they name everything that there is, and their links lead somewhere.

use crate::edge::events::files as events;
use crate::harness::template;
use crate::project::sources::{blocks, files, text};

#[test]
fn the_documents_name_every_route_setting_event_and_command() {
    let template = template();
    let (api, mut settings) = (text("docs/api.md"), text("docs/configuration.md"));
    for function in template.functions() {
        let page = text(format!("docs/capabilities/{}.md", function.name));
        for (method, path) in function.routes.iter().filter(|(method, _)| method != "ANY") {
            assert!(api.contains(&format!("`{method} {path}`")), "{method} {path} in docs/api.md");
            assert!(page.contains(&format!("`{method} {path}`")), "{method} {path} on its page");
        }
        assert!(api.contains(&format!("(capabilities/{}.md)", function.name)), "docs/api.md links its page");
        for name in events(&function.name).into_keys() {
            assert!(page.contains(&format!("`{name}.json`")), "{name} on the page of {}", function.name);
        }
        settings += &page;
    }
    for function in template.functions() {
        for variable in function.environment.keys() {
            assert!(settings.contains(&format!("`{variable}`")), "{variable}");
        }
    }
    for parameter in template.json()["Parameters"].as_object().expect("parameters").keys() {
        assert!(settings.contains(&format!("`{parameter}`")), "{parameter}");
    }
    let (makefile, commands) = (text("Makefile"), text("CONTRIBUTING.md"));
    let targets =
        makefile.lines().filter(|line| line.starts_with(char::is_alphabetic) && line.contains(" ## "));
    for name in targets.filter_map(|line| line.split(':').next()) {
        assert!(commands.contains(&format!("`make {name}`")), "make {name}");
    }
}

#[test]
fn every_link_between_the_documents_leads_to_a_file() {
    let mut links = 0;
    for path in files().into_iter().filter(|path| path.extension().is_some_and(|end| end == "md")) {
        // Code has such characters, too.
        let document = text(&path);
        let document: String = document.split("```").step_by(2).collect();
        let inline = document.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let pictures = document.split(" src=\"").skip(1).filter_map(|rest| rest.split('"').next());
        for link in inline.chain(pictures) {
            let target = link.split('#').next().expect("a part");
            if target.is_empty() || target.contains(':') {
                continue;
            }
            let folder = path.parent().expect("a folder");
            let found = crate::harness::root().join(folder).join(target);
            assert!(found.exists(), "{} links {link}", path.display());
            links += 1;
        }
    }
    assert!(links > 50, "{links}");
}

#[test]
fn the_examples_have_the_code_of_the_documents() {
    let page = "docs/application.md";
    for (page, heading, language, file) in [
        ("README.md", "Use the session in your application", "js", "examples/express/latchkey.mjs"),
        (page, "Express", "js", "examples/express/latchkey.mjs"),
        (page, "FastAPI", "python", "examples/fastapi/latchkey.py"),
    ] {
        let block = blocks(page, heading, language).swap_remove(0);
        assert!(text(file).contains(&block), "{file} has another code than {page}, {heading}");
    }
    // Each example is an application that people copy, so this one has the function for itself.
    let express = blocks(page, "Express", "js").swap_remove(0);
    let user_of =
        express.split_once("const AUDIENCE").and_then(|(_, rest)| rest.split_once("// Lets a request"));
    let (user_of, _) = user_of.expect("the function");
    assert!(
        text("examples/nextjs/lib/latchkey.js").contains(user_of),
        "Next.js verifies tokens in another way"
    );
}
