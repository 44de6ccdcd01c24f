//! The inspection of a page: its requests, its accessibility in each colour scheme, and its size on a small screen.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::harness::browser::axe;
use crate::harness::root;
use crate::pages::browser::Visit;
use crate::pages::content::MAX_SIZE;

/// Runs axe-core with these rules. Returns what it finds, what it cannot decide, and the smallest contrast of a text.
const RUN_AXE: &str = "
    const done = arguments[arguments.length - 1];
    const tell = results => results.flatMap(found =>
        found.nodes.map(node => found.id + ' ' + node.html + ' ' + node.failureSummary));
    axe.run(document, OPTIONS).then(({ violations, incomplete, passes }) => {
        const contrast = passes.filter(rule => rule.id === 'color-contrast').flatMap(rule => rule.nodes);
        const ratios = contrast.flatMap(node => node.any.map(check => check.data.contrastRatio));
        done({
            violations: tell(violations),
            incomplete: tell(incomplete),
            passed: passes.length,
            contrast: Math.min(...ratios),
        });
    }, error => done(String(error)))";

/// Every link, button and input, with its size in pixels.
const TARGETS: &str = "
    return [...document.querySelectorAll('a, button, input:not([type=hidden])')].map(target => {
        const { width, height } = target.getBoundingClientRect();
        return [target.outerHTML, Math.min(width, height)];
    })";

/// Inspects pages, and takes pictures of them.
pub struct Inspector<'a> {
    visit: &'a Visit,
    axe: String,
    /// The name of the deployment in the names of the pictures.
    deployment: &'a str,
    seen: Mutex<BTreeSet<String>>,
    contrast: Mutex<f64>,
    largest: AtomicUsize,
}

impl<'a> Inspector<'a> {
    /// An inspector of this deployment.
    pub fn new(visit: &'a Visit, deployment: &'a str) -> Self {
        std::fs::create_dir_all(root().join("target/screenshots")).expect("a folder");
        let contrast = Mutex::new(f64::INFINITY);
        Self { visit, axe: axe(), deployment, seen: Mutex::default(), contrast, largest: AtomicUsize::new(0) }
    }

    /// The names of the inspected pages.
    pub fn seen(&self) -> BTreeSet<String> {
        self.seen.lock().expect("a lock").clone()
    }

    /// The smallest contrast of a text.
    pub fn contrast(&self) -> f64 {
        *self.contrast.lock().expect("a lock")
    }

    /// The size of the largest page in bytes.
    pub fn largest(&self) -> usize {
        self.largest.load(Ordering::Relaxed)
    }

    /// Inspects the open page, which must be freshly loaded.
    pub async fn look(&self, name: &str) {
        let browser = &self.visit.browser;
        assert!(self.seen.lock().expect("a lock").insert(name.to_owned()), "{name} is inspected twice");
        let requests = self.visit.gateway.take_requests();
        let pages: Vec<_> = requests.iter().filter(|request| request.status != 303).collect();
        assert_eq!(pages.len(), 1, "{name} is one request: {requests:?}");
        assert!(pages[0].bytes <= MAX_SIZE, "{name}: {requests:?}");
        self.largest.fetch_max(pages[0].bytes, Ordering::Relaxed);
        let resources = browser.script("return performance.getEntriesByType('resource').length").await;
        assert_eq!(resources, 0, "{name}");

        self.check_looks(name).await;
        let targets = browser.script(TARGETS).await;
        for target in targets.as_array().expect("targets") {
            assert!(target[1].as_f64().expect("pixels") >= 24.0, "{name}: {target}");
        }
        browser.devtools("Emulation.clearDeviceMetricsOverride", json!({})).await;
    }

    /// Inspects what the open document looks like, in each colour scheme and on a small screen.
    pub async fn check_looks(&self, name: &str) {
        let browser = &self.visit.browser;
        browser.script(&self.axe).await;
        // What does not look different need not be checked again. axe-core does not know forced colours, which come
        // from the system.
        let every_rule = json!({ "rules": { "target-size": { "enabled": true } } });
        for (look, feature, value, options) in [
            ("light", "prefers-color-scheme", "light", Some(every_rule)),
            ("dark", "prefers-color-scheme", "dark", Some(json!({ "runOnly": ["color-contrast"] }))),
            ("forced", "forced-colors", "active", None),
        ] {
            let features = json!([{ "name": feature, "value": value }]);
            browser.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await;
            self.resize(480, 900).await;
            if let Some(options) = options {
                self.check_accessibility(name, look, &options).await;
            }
            self.picture(name, look).await;
        }
        browser.devtools("Emulation.setEmulatedMedia", json!({ "features": [] })).await;
        // The size of a small phone, and of a screen of 1280 by 1024 pixels at a zoom of 400 %.
        self.resize(320, 256).await;
        let width = browser.script("return document.documentElement.scrollWidth").await;
        assert!(width.as_u64() <= Some(320), "{name} scrolls in one direction only: {width}");
        self.check_accessibility(name, "320", &json!({ "runOnly": ["color-contrast", "target-size"] })).await;
        self.picture(name, "320").await;
        let log = browser.log().await;
        assert!(!log.iter().any(|entry| entry.contains("Content Security Policy")), "{name}: {log:?}");
    }

    async fn check_accessibility(&self, name: &str, look: &str, options: &Value) {
        let script = RUN_AXE.replace("OPTIONS", &options.to_string());
        let found = self.visit.browser.client.execute_async(&script, Vec::new()).await.expect("axe-core");
        assert_eq!(found["violations"], json!([]), "{name}, {look}");
        assert_eq!(found["incomplete"], json!([]), "{name}, {look}");
        let at_least = if options.get("runOnly").is_some() { 1 } else { 11 };
        assert!(found["passed"].as_u64().expect("a count") >= at_least, "{name}, {look}: {found}");
        let mut contrast = self.contrast.lock().expect("a lock");
        *contrast = found["contrast"].as_f64().unwrap_or(f64::INFINITY).min(*contrast);
        assert!(*contrast >= 4.5, "{name}, {look}: {found}");
    }

    async fn resize(&self, width: u64, height: u64) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.visit.browser.devtools("Emulation.setDeviceMetricsOverride", size).await;
    }

    async fn picture(&self, name: &str, look: &str) {
        let script = "return [document.documentElement.scrollWidth, document.body.scrollHeight]";
        let size = self.visit.browser.script(script).await;
        let pixels = |size: &Value| size.as_u64().expect("pixels");
        self.resize(pixels(&size[0]), pixels(&size[1])).await;
        let name: String =
            name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect();
        let path: PathBuf = root().join(format!("target/screenshots/{}-{name}-{look}.png", self.deployment));
        self.visit.browser.screenshot(&path).await;
    }
}
