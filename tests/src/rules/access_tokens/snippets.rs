//! The code of `docs/application.md`, which the tests run.

use serde_json::Value;

use crate::harness::{Folder, libraries, root};
use crate::project::sources::blocks;

/// The first block of this language under a heading of the page.
pub fn block(heading: &str, language: &str) -> String {
    blocks("docs/application.md", heading, language).swap_remove(0)
}

/// Code of `docs/application.md`, in files. They end with the test.
pub struct Snippets(Folder);

impl Snippets {
    /// An empty folder.
    pub fn new() -> Self {
        // Node looks for packages from the folder of the file.
        Self(Folder::below(&root().join(".local/libraries")))
    }

    /// The same block, in a file of this name.
    fn write(&self, heading: &str, language: &str, name: &str) -> String {
        let file = self.0.0.join(name);
        std::fs::write(&file, block(heading, language)).expect("a file");
        file.to_str().expect("UTF-8").to_owned()
    }

    /// What the libraries of npm, the code for Express and the code for a REST API say of tokens.
    pub async fn on_node(&self, given: &Value) -> Value {
        let express = self.write("Express", "js", "latchkey.mjs");
        let authorizer = self.write("API Gateway, REST API", "js", "authorizer.mjs");
        libraries::run_with("access.mjs", &[&express, &authorizer], given).await
    }

    /// What the code for a page does, with this cookie.
    pub async fn of_a_page(&self, given: &Value) -> Value {
        let page = self.write("An access token", "js", "page.mjs");
        libraries::run_with("page.mjs", &[&page], given).await
    }

    /// What the libraries of Python and the code for `FastAPI` say.
    pub async fn in_python(&self, given: &Value) -> Value {
        let fastapi = self.write("FastAPI", "python", "latchkey.py");
        libraries::run_with("access.py", &[&fastapi], given).await
    }
}
