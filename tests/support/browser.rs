//! A real browser without a screen: Chromium, driven by the WebDriver protocol.
//!
//! See <https://www.w3.org/TR/webdriver2/>. Nothing waits by itself: ask with
//! [`eventually`](crate::eventually).

use crate::{environment, eventually, http_client, process};
use base64::{Engine, prelude::BASE64_STANDARD};
use reqwest::Client;
use serde_json::{Value as Json, json};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use tokio::process::Child;

/// For all that a browser is asked for; many start at once where tests run beside each other.
const PATIENCE: Duration = Duration::from_secs(60);
/// Of the protocol: the member that names an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
const FLAGS: [&str; 11] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--window-size=1360,860",
];

/// A browser with one page. It ends with its handle.
pub struct Browser {
    client: Client,
    session: String,
    folder: TempDir,
    _driver: Child,
}

/// How large a page is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    /// In CSS pixels.
    pub width: u32,
    /// In CSS pixels.
    pub height: u32,
    /// Whether it is a phone's.
    pub mobile: bool,
}

/// A key that is no character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// To what comes next.
    Tab,
    /// Follows, presses, sends.
    Enter,
    /// Closes.
    Escape,
    /// One down.
    Down,
}

impl Key {
    /// See <https://www.w3.org/TR/webdriver2/#keyboard-actions>.
    const fn code(self) -> &'static str {
        match self {
            Self::Tab => "\u{e004}",
            Self::Enter => "\u{e007}",
            Self::Escape => "\u{e00c}",
            Self::Down => "\u{e015}",
        }
    }
}

impl Browser {
    /// Starts one, with an empty profile.
    pub async fn start() -> Self {
        let folder = TempDir::with_prefix("payoutd-browser.").expect("a throw-away folder");
        let log = folder.path().join("driver.log");
        let program = environment::required("PAYOUTD_TEST_CHROMEDRIVER");
        let mut driver = process::logged(program, &log)
            .args(["--port=0", "--log-level=WARNING"])
            .spawn()
            .expect("chromedriver runs");
        let port = eventually(PATIENCE, async || match chosen_port(&log) {
            Some(port) => Ok(port),
            None => Err((process::ended(&mut driver), process::log(&log))),
        })
        .await;
        let client = http_client();
        let base = format!("http://127.0.0.1:{port}/session");
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "goog:chromeOptions": {
                "binary": bound(folder.path()),
                "args": flags(folder.path()),
                "prefs": { "download.default_directory": folder.path() },
            },
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        } } });
        let begun = ask(client.post(&base).json(&wanted)).await;
        let id = begun["sessionId"].as_str().expect("a session").to_owned();
        let session = format!("{base}/{id}");
        Self {
            client,
            session,
            folder,
            _driver: driver,
        }
    }

    /// Goes to an address.
    pub async fn open(&self, url: &str) {
        self.post("url", json!({ "url": url })).await;
    }

    /// Runs a script in the page, with arguments, and returns what it returns.
    pub async fn run(&self, script: &str, args: &[Json]) -> Json {
        self.post("execute/sync", json!({ "script": script, "args": args }))
            .await
    }

    /// The same, of a script that returns a promise.
    pub async fn wait_for(&self, script: &str, args: &[Json]) -> Json {
        let script = format!(
            "const done = arguments[arguments.length - 1]; \
             (async () => {{ {script} }})().then(done, (error) => done(String(error)));"
        );
        self.post("execute/async", json!({ "script": script, "args": args }))
            .await
    }

    /// The text of the whole page, as a reader sees it.
    pub async fn text(&self) -> String {
        let text = self.run("return document.body.innerText", &[]).await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until a text is on the page.
    #[track_caller]
    pub fn sees(&self, text: &str) -> impl Future<Output = ()> {
        eventually(PATIENCE, async move || {
            let page = self.text().await;
            if page.contains(text) {
                Ok(())
            } else {
                Err(format!("not {text:?}: {page}"))
            }
        })
    }

    /// Clicks on what a selector finds, as soon as it is there, and can be clicked.
    #[track_caller]
    pub fn click(&self, selector: &str) -> impl Future<Output = ()> {
        eventually(PATIENCE, async move || {
            let element = self.find(selector).await?;
            self.try_post(&format!("element/{element}/click"), json!({}))
                .await
                .map(|_| ())
        })
    }

    /// Types into what a selector finds, in place of what was there.
    #[track_caller]
    pub fn fill(&self, selector: &str, text: &str) -> impl Future<Output = ()> {
        eventually(PATIENCE, async move || {
            let element = self.find(selector).await?;
            self.try_post(&format!("element/{element}/clear"), json!({}))
                .await?;
            let keys = json!({ "text": text });
            self.try_post(&format!("element/{element}/value"), keys)
                .await
                .map(|_| ())
        })
    }

    /// Presses a key, wherever the focus is.
    pub async fn press(&self, key: Key) {
        let strokes = ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key.code() }));
        let keys = json!({ "actions": [{ "type": "key", "id": "keys", "actions": strokes }] });
        self.post("actions", keys).await;
    }

    /// Shows pages on such a screen from now on.
    pub async fn show_on(&self, screen: Screen) {
        let wanted = json!({ "width": screen.width, "height": screen.height,
            "mobile": screen.mobile, "deviceScaleFactor": 1 });
        self.tell("Emulation.setDeviceMetricsOverride", wanted)
            .await;
    }

    /// What is shown, as a PNG file.
    pub async fn picture(&self, file: &Path) {
        let taken = self
            .run_tool("Page.captureScreenshot", json!({ "format": "png" }))
            .await;
        let text = taken["data"].as_str().expect("a picture");
        let bytes = BASE64_STANDARD.decode(text).expect("base64");
        std::fs::write(file, bytes).expect("a file");
    }

    /// Whatever was written to the console since the last look: errors, refused loads, breaches of
    /// the page's own policy.
    pub async fn console(&self) -> Vec<String> {
        self.log("browser").await
    }

    /// All addresses that were asked since the last look.
    pub async fn requests(&self) -> Vec<String> {
        let entries = self.log("performance").await;
        let entries = entries.iter().filter_map(|entry| {
            let told: Json = serde_json::from_str(entry).ok()?;
            let message = &told["message"];
            let url = message["params"]["request"]["url"].as_str()?;
            (message["method"] == "Network.requestWillBeSent").then(|| url.to_owned())
        });
        entries.collect()
    }

    /// Waits for a file that the page has the browser keep, and returns what is in it.
    ///
    /// Chromium first takes the name with an empty file, and then moves the whole one over it: an
    /// empty file is one that has not come yet.
    #[track_caller]
    pub fn kept(&self, name: &str) -> impl Future<Output = String> {
        let file: PathBuf = self.folder.path().join(name);
        eventually(PATIENCE, async move || {
            match std::fs::read_to_string(&file) {
                Ok(text) if text.is_empty() => Err(format!("{}: empty", file.display())),
                Ok(text) => Ok(text),
                Err(error) => Err(format!("{}: {error}", file.display())),
            }
        })
    }

    /// A command of Chromium's own tools.
    pub async fn tell(&self, command: &str, params: Json) {
        self.run_tool(command, params).await;
    }

    async fn run_tool(&self, command: &str, params: Json) -> Json {
        let wanted = json!({ "cmd": command, "params": params });
        self.post("goog/cdp/execute", wanted).await
    }

    async fn find(&self, selector: &str) -> Result<String, String> {
        let by = json!({ "using": "css selector", "value": selector });
        let found = self.try_post("element", by).await?;
        Ok(found[ELEMENT].as_str().expect("an element").to_owned())
    }

    async fn log(&self, kind: &str) -> Vec<String> {
        let entries = self.post("se/log", json!({ "type": kind })).await;
        let entries = entries.as_array().expect("entries").iter();
        entries
            .map(|entry| entry["message"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    async fn post(&self, what: &str, with: Json) -> Json {
        self.try_post(what, with)
            .await
            .unwrap_or_else(|problem| panic!("{what}: {problem}"))
    }

    async fn try_post(&self, what: &str, with: Json) -> Result<Json, String> {
        let request = self.client.post(format!("{}/{what}", self.session));
        let request = request.json(&with).timeout(PATIENCE);
        let answer = request.send().await.expect("an answer");
        let good = answer.status().is_success();
        let mut told: Json = answer.json().await.expect("JSON");
        let value = told["value"].take();
        if good {
            Ok(value)
        } else {
            Err(value.to_string())
        }
    }
}

async fn ask(request: reqwest::RequestBuilder) -> Json {
    let answer = request.timeout(PATIENCE).send().await;
    let answer = answer.expect("an answer");
    let mut told: Json = answer.json().await.expect("JSON");
    assert!(told["value"]["error"].is_null(), "{told}");
    told["value"].take()
}

fn chosen_port(log: &Path) -> Option<u16> {
    let log = process::log(log);
    let (_, rest) = log.split_once("successfully on port ")?;
    rest.split_once('.')?.0.parse().ok()
}

fn flags(folder: &Path) -> Vec<String> {
    let profile = format!("--user-data-dir={}", folder.join("profile").display());
    let flags = FLAGS.iter().map(|flag| (*flag).to_owned());
    flags.chain([profile]).collect()
}

/// A browser that ends when its driver does, however that ends.
fn bound(folder: &Path) -> PathBuf {
    let chromium = environment::required("PAYOUTD_TEST_CHROMIUM");
    let script = folder.join("chromium");
    let text = format!("#!/bin/sh\nexec setpriv --pdeathsig KILL '{chromium}' \"$@\"\n");
    std::fs::write(&script, text).expect("a script");
    let may_run = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&script, may_run).expect("a script that can be run");
    script
}
