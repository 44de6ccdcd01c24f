//! Bad configuration stops the start, with one line that says what to do.

use latchkey::config::{ConfigError, Environment};

use crate::functions::Functions;
use crate::harness::latchkey::environment;
use crate::harness::template;

fn start(function: &str, environment: &Environment) -> Result<(), ConfigError> {
    Functions::start_one(function, environment).expect("a function")
}

#[test]
fn every_variable_that_a_function_needs_is_in_the_template_and_named_when_it_is_missing() {
    for (function, required) in [
        ("signup", vec!["STACK_NAME", "USERS_TABLE", "CREDENTIALS_TABLE", "SESSIONS_TABLE"]),
        ("login", vec!["STACK_NAME", "USERS_TABLE", "CREDENTIALS_TABLE", "SESSIONS_TABLE"]),
        (
            "logout",
            vec!["STACK_NAME", "SESSIONS_TABLE", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
        ),
        ("profile", vec!["STACK_NAME", "USERS_TABLE", "SESSIONS_TABLE"]),
    ] {
        let complete = environment(function, "http://127.0.0.1:1");
        assert!(start(function, &Environment::new(complete.clone())).is_ok());
        for variable in required {
            for value in [None, Some(String::new())] {
                let mut variables = complete.clone();
                variables.remove(variable);
                variables.extend(value.map(|value| (variable.to_owned(), value)));
                let message = start(function, &Environment::new(variables)).unwrap_err().to_string();
                assert!(message.starts_with(&format!("configuration: {variable} ")), "{message}");
                assert!(!message.contains('\n'));
            }
        }
    }
}

#[test]
fn the_keys_are_in_a_variable_or_in_a_secret() {
    let mut variables = environment("logout", "http://127.0.0.1:1");
    assert!(variables.remove("SIGNING_KEYS").is_some());
    assert!(start("logout", &Environment::new(variables.clone())).is_ok());
    variables.remove("SIGNING_KEYS_SECRET");
    let message = start("logout", &Environment::new(variables)).unwrap_err().to_string();
    assert!(message.starts_with("configuration: SIGNING_KEYS_SECRET is missing"), "{message}");
}

#[test]
fn nonsense_is_named_and_not_repeated() {
    for (function, variable, value) in [
        ("signup", "PASSWORD_MIN_LENGTH", "7"),
        ("signup", "ARGON2_MEMORY_KIB", "64 MiB"),
        ("login", "ARGON2_ITERATIONS", "0"),
        ("profile", "SESSION_ACTIVE_SECONDS", "a day"),
        ("profile", "TRUSTED_ROOTS", "mozilla"),
        ("signup", "SIGNUP_MODE", "invited"),
        ("signup", "RESERVED_USERNAMES", "ceo;cto"),
        ("profile", "SESSION_IDLE_SECONDS", "99999999999999999999"),
        ("logout", "PUBLIC_ORIGIN", "http://example.com"),
        ("logout", "TRUSTED_ORIGINS", "https://*.example.com"),
        ("logout", "SIGNING_KEYS", "{\"0\":\"hunter2\"}"),
    ] {
        let mut variables = environment(function, "http://127.0.0.1:1");
        variables.insert(variable.to_owned(), value.to_owned());
        let message = start(function, &Environment::new(variables)).unwrap_err().to_string();
        assert!(message.starts_with(&format!("configuration: {variable} must ")), "{message}");
        assert!(!message.contains("hunter2"));
    }
}

/// Values of a parameter: some that are valid, and some that are not.
const NAMES: [&str; 10] = [
    "Acme & Söhne <Ltd>",
    "A",
    "漢字",
    " Acme",
    "Acme ",
    "It\u{80}s",
    "\u{a0}",
    "a\u{9f}b",
    "a\nb",
    "123456789 123456789 123456789 123456789 123456789 1",
];
const COLORS: [&str; 10] = [
    "#2b50c8",
    "#FFEE00",
    "#fff",
    "red",
    "#2b50c8;",
    "2b50c8",
    "#2b50cg",
    "# 2b50c",
    "#2b50c8 ",
    "rgb(0,0,0)",
];
const LOGOS: [&str; 9] = [
    "data:image/svg+xml;base64,PHN2Zy8+",
    "data:image/png;base64,AA==",
    "data:image/webp;base64,AAA=",
    "data:image/svg+xml;base64,",
    "data:image/png;base64,AB==",
    "data:image/png;base64,AAB=",
    "data:image/png;base64,AAAAA",
    "data:text/html;base64,AAAA",
    "data:image/png;base64,AA\"A",
];

const ORIGINS: [&str; 8] = [
    "https://app.example.com",
    "https://app.example.com,https://example.org, https://x-y.example.com",
    "https://*.example.com",
    "https://app.example.com,",
    "https://app.example.com/",
    "https://app.example.com:443",
    "http://app.example.com",
    "app.example.com",
];

#[test]
fn the_template_takes_no_parameter_with_which_a_function_would_not_start() {
    let too_long = format!("data:image/png;base64,{}", "A".repeat(2_028));
    let logos: Vec<&str> = LOGOS.into_iter().chain([&*too_long]).collect();
    for (parameter, variable, values) in [
        ("ApplicationName", "APPLICATION_NAME", NAMES.to_vec()),
        ("AccentColor", "ACCENT_COLOR", COLORS.to_vec()),
        ("Logo", "LOGO", logos),
        ("TrustedOrigins", "TRUSTED_ORIGINS", ORIGINS.to_vec()),
    ] {
        let parameters = &template().json()["Parameters"][parameter];
        let pattern = parameters["AllowedPattern"].as_str().expect("a pattern");
        let longest = parameters["MaxLength"].as_u64().unwrap_or(4_096);
        let schema = serde_json::json!({ "pattern": pattern, "maxLength": longest });
        let allowed = jsonschema::validator_for(&schema).expect("a schema");
        let (mut taken, mut refused) = (0, 0);
        for value in values {
            let mut variables = environment("logout", "http://127.0.0.1:1");
            variables.insert(variable.to_owned(), value.to_owned());
            let starts = start("logout", &Environment::new(variables)).is_ok();
            let is_allowed = allowed.is_valid(&serde_json::json!(value));
            assert!(!is_allowed || starts, "{parameter}: the template takes {value:?}");
            taken += u32::from(is_allowed);
            refused += u32::from(!starts);
        }
        assert!(taken >= 2 && refused >= 3, "{parameter}: {taken} taken, {refused} refused");
    }
}

#[test]
fn an_empty_endpoint_is_none() {
    // `sam local` passes an unset variable as an empty one.
    let environment = Environment::new(environment("logout", ""));
    assert!(start("logout", &environment).is_ok());
}
