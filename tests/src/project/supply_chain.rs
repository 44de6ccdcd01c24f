//! What links, checks and deploys Latchkey is pinned, and code of others never runs where a token can be had.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::harness::{Folder, root};
use crate::project::sources::{files, text};

/// The names of the files of `infra/requirements` with this ending.
fn requirements(ending: &str) -> BTreeSet<String> {
    let files = files().into_iter().filter(|path| path.starts_with("infra/requirements"));
    let files = files.filter(|path| path.extension().is_some_and(|found| found == ending));
    files.map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned()).collect()
}

#[test]
fn a_job_that_can_get_a_token_runs_nothing_of_others() {
    const FORBIDDEN: [&str; 11] =
        ["pip", "pip3", "npm", "npx", "uv", "uvx", "cargo", "make", "docker", "gem", "apt"];
    let workflow = local::template::yaml(&text(".github/workflows/ci.yml")).expect("YAML");
    let mut with_token = Vec::new();
    for (name, job) in workflow["jobs"].as_object().expect("jobs") {
        if job["permissions"]["id-token"] != "write" {
            assert!(job.get("permissions").is_none(), "{name} has what the workflow has: to read");
            continue;
        }
        with_token.push(name.as_str());
        for step in job["steps"].as_array().expect("steps") {
            let action = step["uses"].as_str().unwrap_or("actions/");
            assert!(action.starts_with("actions/"), "{name}: {action} is not GitHub's own");
            let script = step["run"].as_str().unwrap_or_default();
            let words: Vec<&str> =
                script.split(|letter: char| !letter.is_alphanumeric() && letter != '-').collect();
            let found: Vec<_> = FORBIDDEN.iter().filter(|word| words.contains(word)).collect();
            assert!(found.is_empty() && !script.contains(".local"), "{name}: {found:?} in {script}");
        }
    }
    assert_eq!(with_token, ["attest", "deploy"]);
    assert_eq!(workflow["jobs"]["deploy"]["environment"], "production", "AWS trusts only this environment");
    assert!(workflow["jobs"]["attest"].get("environment").is_none());
    assert_eq!(workflow["jobs"]["deploy"]["needs"], serde_json::json!(["build", "attest"]));
}

#[test]
fn every_package_of_pip_is_locked_by_its_hash() {
    assert_eq!(requirements("in"), requirements("txt"), "`make locks` writes a lock for each");
    for name in requirements("txt") {
        let lock = text(format!("infra/requirements/{name}.txt")).replace("\\\n", " ");
        let lines =
            lock.lines().filter(|line| !line.trim_start().starts_with('#') && !line.trim().is_empty());
        let mut locked = BTreeSet::new();
        for line in lines {
            let (package, rest) = line.split_once("==").unwrap_or_else(|| panic!("{name}: {line}"));
            let hashes: Vec<&str> = rest.split("--hash=sha256:").skip(1).map(str::trim).collect();
            let is_hash = |hash: &&str| hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(!hashes.is_empty() && hashes.iter().all(is_hash), "{name}: {line}");
            locked.insert(package.to_owned());
        }
        let wanted = text(format!("infra/requirements/{name}.in"));
        for line in wanted.lines().filter(|line| !line.starts_with('#')) {
            let package = line.split('<').next().expect("a name");
            assert!(locked.contains(package), "{name}.in names {package}; run `make locks`");
        }
    }
}

#[test]
fn cargo_never_changes_the_lock_that_was_reviewed() {
    let manifest = text("Cargo.toml");
    assert!(
        manifest.contains("[workspace.metadata.lambda.build]\n") && manifest.contains("\nlocked = true\n")
    );
    for file in ["Makefile", "tests/fuzz/run.sh", ".ci/run", ".github/workflows/ci.yml", "infra/api/run.py"] {
        for line in text(file).lines().filter(|line| !line.trim_start().starts_with(['#', '@'])) {
            for command in ["build", "run", "test", "clippy", "doc", "install", "lambda build"] {
                let calls = line.contains(&format!("cargo {command} "))
                    || line.ends_with(&format!("cargo {command}"))
                    || line.contains(&format!("cargo-{command} "));
                assert!(!calls || line.contains("--locked"), "{file}: {line}");
            }
        }
    }
}

/// Runs make with our Makefile in a folder.
fn make(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut make = Command::new("make");
    make.arg("--silent").arg("--directory").arg(folder).arg("--file").arg(root().join("Makefile"));
    // The make that runs the tests passes its own flags on.
    make.env_remove("MAKEFLAGS").env_remove("GITHUB_REF_TYPE");
    make.args(arguments).envs(variables.iter().copied()).output().expect("make")
}

#[test]
fn a_release_is_not_built_while_the_advisories_cannot_be_read() {
    let folder = Folder::temporary();
    let tool = folder.0.join("cargo-deny");
    // Like cargo-deny without a network.
    std::fs::write(&tool, "#!/bin/sh\n[ \"$1\" != fetch ]\n").expect("a file");
    std::fs::set_permissions(&tool, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("a mode");
    let tool = format!("CARGO_DENY={}", tool.display());
    for (kind, passes) in [("branch", true), ("tag", false)] {
        let output = make(&folder.0, &["deny", &tool], &[("GITHUB_REF_TYPE", kind)]);
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(printed.contains("the advisory database cannot be reached"), "{kind}: {printed}");
        assert_eq!(output.status.success(), passes, "{kind}: {printed}");
    }
}

/// Writes a package of one program, and its lock, into a folder.
const PACKAGE: &str = r#"
import hashlib, sys, zipfile
wheel, info = "demo-1-py3-none-any.whl", "demo-1.dist-info/"
with zipfile.ZipFile(wheel, "w") as archive:
    archive.writestr("demo.py", "def main(): pass\n")
    archive.writestr(info + "METADATA", "Metadata-Version: 2.1\nName: demo\nVersion: 1\n")
    archive.writestr(info + "WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    archive.writestr(info + "entry_points.txt", "[console_scripts]\ndemo = demo:main\n")
    archive.writestr(info + "RECORD", "demo.py,,\n" + "".join(f"{info}{name},,\n" for name in
        ["METADATA", "WHEEL", "entry_points.txt", "RECORD"]))
digest = hashlib.sha256(open(wheel, "rb").read()).hexdigest()
open("infra/requirements/demo.in", "w").write("demo\n")
open("infra/requirements/demo.txt", "w").write(f"demo==1 --hash=sha256:{sys.argv[1] or digest}\n")
"#;

fn write_package(folder: &Path, hash: &str) {
    std::fs::create_dir_all(folder.join("infra/requirements")).expect("a folder");
    let python = Command::new("python3").args(["-c", PACKAGE, hash]).current_dir(folder).output();
    let output = python.expect("python3");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn what_pip_installs_is_where_it_belongs_whatever_pip_s_settings_are_and_has_its_hash() {
    let folder = Folder::temporary();
    let (here, elsewhere) = (folder.0.to_str().expect("UTF-8"), folder.0.join("elsewhere"));
    let elsewhere = elsewhere.to_str().expect("UTF-8");
    let install = |program: &str, settings: &[(&str, &str)]| {
        let file = format!("FILES_demo=bin/{program}");
        let offline = [("PIP_NO_INDEX", "1"), ("PIP_FIND_LINKS", here)];
        let output = make(&folder.0, &[".local/demo/installed", &file], &[&offline, settings].concat());
        let printed = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&printed).into_owned())
    };
    let (marker, program) = (folder.0.join(".local/demo/installed"), folder.0.join(".local/demo/bin/demo"));

    write_package(&folder.0, "");
    let variables = ["PIP_TARGET", "PIP_PREFIX", "PIP_ROOT"].map(|variable| (variable, elsewhere));
    let (success, printed) =
        install("demo", &[&variables[..], &[("PIP_USER", "1"), ("PIP_DRY_RUN", "1")]].concat());
    assert!(success && marker.exists() && program.exists(), "{printed}");
    std::fs::remove_file(&marker).expect("the marker");

    let settings = folder.0.join("pip.conf");
    let file = format!(
        "[global]\ntarget = {elsewhere}\nprefix = {elsewhere}\n[install]\nuser = yes\ndry-run = yes\n"
    );
    std::fs::write(&settings, file).expect("a file");
    let (success, printed) = install("missing", &[("PIP_CONFIG_FILE", settings.to_str().expect("UTF-8"))]);
    assert!(program.exists() && !success && printed.contains("pip config list"), "{printed}");
    assert!(!marker.exists(), "nothing counts as installed that is not there");

    write_package(&folder.0, &"0".repeat(64));
    let (success, printed) = install("demo", &[]);
    assert!(!success && !marker.exists() && printed.contains("DO NOT MATCH THE HASHES"), "{printed}");
    assert!(!Path::new(elsewhere).exists());
}

#[test]
fn the_workflow_builds_what_it_attests_and_deploys() {
    let workflow = local::template::yaml(&text(".github/workflows/ci.yml")).expect("YAML");
    let steps = |job: &str| workflow["jobs"][job]["steps"].as_array().expect("steps").clone();
    let with = |job: &str, action: &str, member: &str| {
        let step = steps(job)
            .into_iter()
            .find(|step| step["uses"].as_str().is_some_and(|uses| uses.contains(action)));
        step.expect(action)["with"][member].as_str().expect(member).to_owned()
    };
    // What runs beside the build could change it before it is attested.
    for (job, command) in [("build", "make build"), ("sbom", "make sbom")] {
        let runs: Vec<Value> = steps(job).into_iter().filter_map(|step| step.get("run").cloned()).collect();
        assert_eq!(runs, [command], "{job}");
        assert_eq!(with(job, "upload-artifact", "path"), format!(".aws-sam/{job}"));
    }
    for job in ["attest", "deploy"] {
        assert_eq!(with(job, "download-artifact", "path"), ".aws-sam/build");
    }
    let subjects = with("attest", "attest-build-provenance", "subject-path");
    assert!(
        subjects.contains(".aws-sam/build/*/bootstrap") && subjects.contains(".aws-sam/sbom/*"),
        "{subjects}"
    );
    let scripts: Vec<String> =
        steps("deploy").iter().filter_map(|step: &Value| Some(step["run"].as_str()?.to_owned())).collect();
    assert!(scripts.iter().any(|script| script.contains("aws cloudformation package")));
    assert!(scripts.last().is_some_and(|script| script.starts_with("infra/live.sh publish")));
}
