//! What is deployed, and how: the variables, what the linters may skip, the workflow, what the mutation tests change.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::harness::template;
use crate::project::sources::{files, sources, text};

#[test]
fn every_variable_that_the_code_reads_is_set_by_the_template() {
    let ours = |name: &String| !name.starts_with("AWS_");
    let set = template().functions().into_iter().flat_map(|function| function.environment.into_keys());
    let set: BTreeSet<String> = set.filter(ours).collect();
    let mut read = BTreeSet::new();
    for source in sources("shared/src").into_iter().chain(sources("functions")) {
        let text = source.code();
        for call in [
            "get(\"",
            "table(\"",
            "required(\"",
            "seconds(\"",
            "number(\"",
            "flag(\"",
            "list(\"",
            "rate(\"",
            "VARIABLE: &str = \"",
            "KEYS: &str = \"",
            "KEYS: &'static str = \"",
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
fn the_variables_of_a_function_fit_into_lambda_s_four_kilobytes() {
    /// The longest name of a stack. CloudFormation takes 128 characters; with such a name, the logo must be smaller.
    const STACK_NAME: usize = 64;
    let logo = template().json()["Parameters"]["Logo"]["MaxLength"].as_u64().expect("a length");
    for function in template().functions().into_iter().filter(|function| !function.routes.is_empty()) {
        let longest = |variable: &str| match variable {
            "LOGO" => usize::try_from(logo).expect("a length"),
            "APPLICATION_NAME" => 50 * 4,
            "PUBLIC_ORIGIN" => "https://".len() + 253,
            // They share the characters of the logo, as the descriptions of both say.
            "TRUSTED_ORIGINS" => 0,
            "MAIL_FROM" | "SUPPORT_ADDRESS" => 254,
            "RESERVED_USERNAMES" => 128,
            "STACK_NAME" => STACK_NAME,
            "SIGNING_KEYS_SECRET" => 120,
            table if table.ends_with("_TABLE") => STACK_NAME + "-CredentialsTable-ABCDEFGHIJKLM".len(),
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
            let member = |name: &str| skip[name].as_str().unwrap_or_default().to_owned();
            found.push((member("id"), member("comment")));
        }
        for member in value.as_object().into_iter().flat_map(|members| members.values()) {
            skips(member, found);
        }
    }
    let [monitoring, cdn] = ["infra/monitoring.yaml", "infra/cdn.yaml"]
        .map(|file| local::template::yaml(&text(file)).expect("YAML"));
    let mut found = Vec::new();
    for template in [template().json(), &monitoring, &cdn] {
        skips(template, &mut found);
    }
    let everywhere = text("infra/checkov.yaml");
    let settings = local::template::yaml(&everywhere).expect("YAML");
    for id in settings["skip-check"].as_array().expect("a list").iter().filter_map(Value::as_str) {
        let reason = everywhere.lines().find_map(|line| line.trim().strip_prefix(&format!("- {id} # ")));
        found.push((id.to_owned(), reason.unwrap_or_default().to_owned()));
    }
    assert!(found.iter().all(|(_, comment)| comment.len() > 20), "{found:?}");
    let ids: BTreeSet<&String> = found.iter().map(|(id, _)| id).collect();
    assert!((1..=9).contains(&ids.len()), "{ids:?}");
}

/// What checkov skips everywhere was decided for these resources. A new one needs a decision of its own.
#[test]
fn what_checkov_skips_everywhere_is_skipped_for_known_resources_only() {
    let logs = template().functions().into_iter().map(|function| {
        let (first, rest) = function.name.split_at(1);
        format!("{}{rest}Logs", first.to_uppercase())
    });
    let tables = ["Credentials", "Keys", "Limits", "Mails", "Proofs", "Sessions", "Users"];
    let tables = tables.map(|name| format!("{name}Table"));
    let resources = template().json()["Resources"].as_object().expect("resources");
    for (kind, expected) in [
        (
            "AWS::SecretsManager::Secret",
            ["AccessTokenKeysSecret", "SigningKeysSecret"].map(str::to_owned).into(),
        ),
        ("AWS::DynamoDB::Table", BTreeSet::from(tables)),
        ("AWS::Logs::LogGroup", logs.chain(["ApiLogs".to_owned()]).collect()),
    ] {
        let found = resources.iter().filter(|(_, resource)| resource["Type"] == kind);
        assert_eq!(found.map(|(id, _)| id.clone()).collect::<BTreeSet<_>>(), expected, "{kind}");
    }
}

#[test]
fn the_workflow_stores_no_keys_and_pins_its_actions_by_hash() {
    let workflow = text(".github/workflows/ci.yml");
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

#[test]
fn no_log_of_the_cdn_has_a_query_a_referer_or_a_cookie() {
    let cdn = local::template::yaml(&text("infra/cdn.yaml")).expect("YAML");
    let distribution = &cdn["Resources"]["Distribution"]["Properties"]["DistributionConfig"];
    assert!(distribution.get("Logging").is_none(), "the older log has the query of every URL");
    let deliveries = cdn["Resources"].as_object().expect("resources").values();
    let deliveries: Vec<_> =
        deliveries.filter(|resource| resource["Type"] == "AWS::Logs::Delivery").collect();
    let [delivery] = deliveries.as_slice() else { panic!("one log: {deliveries:?}") };
    let fields = delivery["Properties"]["RecordFields"].as_array().expect("only these fields");
    for field in fields.iter().map(|field| field.as_str().expect("a name").to_lowercase()) {
        for forbidden in ["query", "referer", "cookie", "uri-full"] {
            assert!(!field.contains(forbidden), "{field}");
        }
    }
    assert!(fields.len() > 5);
}

/// What `infra/cdn.yaml` and the functions must agree on.
#[test]
fn the_cdn_sends_the_secret_the_address_and_every_header_that_is_read() {
    let cdn = local::template::yaml(&text("infra/cdn.yaml")).expect("YAML");
    let resources = &cdn["Resources"];
    let distribution = &resources["Distribution"]["Properties"]["DistributionConfig"];
    let secret = &distribution["Origins"][0]["OriginCustomHeaders"][0];
    assert_eq!(secret["HeaderName"], "X-Origin-Secret");
    // CloudFormation reads the secret again only if the reference changes.
    let [_, version, first] = secret["HeaderValue"]["Fn::If"].as_array().expect("a condition").as_slice()
    else {
        panic!("{secret}")
    };
    assert_eq!(
        version["Fn::Sub"],
        "{{resolve:secretsmanager:${OriginSecret}:SecretString:::${OriginSecretVersion}}}"
    );
    assert_eq!(first["Fn::Sub"], "{{resolve:secretsmanager:${OriginSecret}}}");
    let policy = &resources["Forwarded"]["Properties"]["OriginRequestPolicyConfig"];
    assert_eq!(policy["CookiesConfig"]["CookieBehavior"], "all");
    let forwarded = policy["HeadersConfig"]["Headers"].as_array().expect("headers");
    // CloudFront forwards at most ten.
    assert!(forwarded.len() <= 10);
    let forwarded: BTreeSet<String> =
        forwarded.iter().map(|name| name.as_str().expect("a name").to_lowercase()).collect();
    let mut read = BTreeSet::from(["cloudfront-viewer-address".to_owned()]);
    for source in sources("shared/src/http") {
        let code = source.code();
        for call in ["header(\"", "headers.get(\""] {
            for (position, _) in code.match_indices(call) {
                read.insert(code[position + call.len()..].split('"').next().expect("a name").to_owned());
            }
        }
    }
    // The functions read cookies here only from senders that do not move them out of the headers.
    read.remove("cookie");
    // CloudFront takes this one only as a part of the key of its cache, which keeps nothing that says no-store.
    assert!(read.remove("authorization"));
    let private = &resources["Private"]["Properties"]["CachePolicyConfig"];
    assert_eq!([&private["MinTTL"], &private["DefaultTTL"], &private["MaxTTL"]], [0, 0, 1]);
    let key = &private["ParametersInCacheKeyAndForwardedToOrigin"];
    assert_eq!(key["HeadersConfig"]["Headers"], serde_json::json!(["Authorization"]));
    assert_eq!(key["CookiesConfig"]["CookieBehavior"], "all");
    assert_eq!(key["QueryStringsConfig"]["QueryStringBehavior"], "all");
    assert_eq!(read, forwarded);
    assert_eq!(distribution["DefaultCacheBehavior"]["OriginRequestPolicyId"]["Ref"], "Forwarded");
    assert_eq!(distribution["DefaultCacheBehavior"]["CachePolicyId"]["Ref"], "Private");
    assert_eq!(distribution["WebACLId"]["Fn::GetAtt"], serde_json::json!(["Firewall", "Arn"]));
}

#[test]
fn the_firewall_limits_every_request_of_an_address_and_keeps_no_cookie() {
    let cdn = local::template::yaml(&text("infra/cdn.yaml")).expect("YAML");
    let firewall = &cdn["Resources"]["Firewall"]["Properties"];
    let rules = firewall["Rules"].as_array().expect("rules");
    let rates: Vec<&Value> = rules.iter().map(|rule| &rule["Statement"]["RateBasedStatement"]).collect();
    assert!(rates.iter().any(|rate| rate.is_object() && rate.get("ScopeDownStatement").is_none()));
    // A sample holds all headers of a request.
    for part in rules.iter().chain([firewall]) {
        assert_eq!(part["VisibilityConfig"]["SampledRequestsEnabled"], false, "{part}");
    }
}

#[test]
fn what_make_mutants_changes_exists() {
    let configuration = text("infra/mutants.toml");
    let (_, globs) = configuration.split_once("examine_globs = [").expect("the files");
    let globs = globs.split(']').next().expect("the end").split('"').skip(1).step_by(2);
    let files: Vec<String> = files().iter().map(|path| path.display().to_string()).collect();
    for glob in globs {
        let found = match glob.split_once('*') {
            Some((start, end)) => files.iter().any(|path| path.starts_with(start) && path.ends_with(end)),
            None => files.iter().any(|path| path == glob),
        };
        assert!(found, "{glob} is no file");
    }
}
