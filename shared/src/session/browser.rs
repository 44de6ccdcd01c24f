//! The names of browsers and systems, for users who have to recognise their own.
//!
//! A client can send any `User-Agent`. So the name is what the client says of itself, and nothing decides by it.

/// Tokens of browsers, the most specific first: most browsers also name those that they are like.
const BROWSERS: [(&str, &str); 11] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("YaBrowser/", "Yandex Browser"),
    ("DuckDuckGo/", "DuckDuckGo"),
    ("CriOS/", "Chrome"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

/// Tokens of systems, the most specific first.
const SYSTEMS: [(&str, &str); 7] = [
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

/// The browser and the system that a `User-Agent` names, like `Firefox on Linux`, or `a program`.
#[must_use]
pub(super) fn name(user_agent: &str) -> String {
    let find = |tokens: &[(&str, &'static str)]| {
        tokens.iter().find(|(token, _)| user_agent.contains(token)).map(|(_, name)| *name)
    };
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, _) => "a program".to_owned(),
    }
}

/// Whether a text is a name that [`name`] can give.
#[must_use]
pub(super) fn is_name(text: &str) -> bool {
    let (browser, system) = text.split_once(" on ").map_or((text, None), |(one, other)| (one, Some(other)));
    let is_known = |list: &[(&str, &str)], text: &str| list.iter().any(|(_, name)| *name == text);
    text == "a program"
        || is_known(&BROWSERS, browser) && system.is_none_or(|system| is_known(&SYSTEMS, system))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A user agent of a browser that comes from `WebKit`.
    fn webkit(system: &str, rest: &str) -> String {
        format!("Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) {rest}")
    }

    #[test]
    fn a_user_recognises_the_browser() {
        const CHROME: &str = "Chrome/156.0.0.0 Safari/537.36";
        const MAC: &str = "Macintosh; Intel Mac OS X 10_15_7";
        const IPHONE: &str = "iPhone; CPU iPhone OS 18_7 like Mac OS X";
        for (system, rest, expected) in [
            ("Windows NT 10.0; Win64; x64", CHROME, "Chrome on Windows"),
            ("Linux; Android 10; K", "Chrome/156.0.0.0 Mobile Safari/537.36", "Chrome on Android"),
            ("X11; CrOS x86_64 14541.0.0", CHROME, "Chrome on ChromeOS"),
            (MAC, CHROME, "Chrome on macOS"),
            (IPHONE, "CriOS/156.0 Mobile/15E148 Safari/604.1", "Chrome on iPhone"),
            ("Windows NT 10.0", &format!("{CHROME} Edg/156.0.0.0"), "Edge on Windows"),
            ("X11; Linux x86_64", &format!("{CHROME} OPR/122.0.0.0"), "Opera on Linux"),
            (
                "Linux; Android 16; SM-S931B",
                &format!("SamsungBrowser/29.0 {CHROME}"),
                "Samsung Internet on Android",
            ),
            (MAC, "Version/26.1 Safari/605.1.15", "Safari on macOS"),
            (IPHONE, "Version/26.1 Mobile/15E148 Safari/604.1", "Safari on iPhone"),
            (
                "iPad; CPU OS 18_7 like Mac OS X",
                "FxiOS/152.0 Mobile/15E148 Safari/605.1.15",
                "Firefox on iPad",
            ),
        ] {
            assert_eq!(name(&webkit(system, rest)), expected, "{rest}");
        }
    }

    #[test]
    fn what_is_no_browser_is_a_program() {
        for (user_agent, expected) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:152.0) Gecko/20100101 Firefox/152.0", "Firefox on Linux"),
            ("Mozilla/5.0 (Android 16; Mobile; rv:152.0) Gecko/152.0 Firefox/152.0", "Firefox on Android"),
            ("Mozilla/5.0 Firefox/152.0", "Firefox"),
            ("curl/8.17.0", "a program"),
            ("okhttp/5.3.0 (Linux; Android 16)", "a program"),
            ("python-requests/2.32", "a program"),
            ("", "a program"),
        ] {
            assert_eq!(name(user_agent), expected, "{user_agent}");
            assert!(is_name(expected), "{expected}");
        }
        for text in ["", "Firefox on", "Firefox on Linux.", "Click here", "a program on Linux", "firefox"] {
            assert!(!is_name(text), "{text}");
        }
    }
}
