//! `payoutd serve`: ready, and a clean end.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value as Json;

use crate::run::Folder;

struct Service {
    child: Child,
    log: BufReader<std::process::ChildStderr>,
}

impl Service {
    fn start(folder: &Folder, args: &[&str]) -> Self {
        let mut child = folder
            .payoutd(&[&["serve", "--log-format", "json"], args].concat())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        Self { child, log }
    }

    /// Reads the log up to this message.
    fn wait_for(&mut self, message: &str) -> Json {
        let mut line = String::new();
        while self.log.read_line(&mut line).unwrap() > 0 {
            let entry: Json = serde_json::from_str(&line).unwrap();
            if entry["message"]
                .as_str()
                .unwrap_or_default()
                .contains(message)
            {
                return entry;
            }
            line.clear();
        }
        panic!("it ended without saying {message:?}");
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-s", name, &pid])
                .status()
                .unwrap()
                .success()
        );
    }

    fn ends(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

#[test]
fn without_nats_it_says_so_is_ready_and_ends_cleanly_when_asked() {
    for name in ["TERM", "INT"] {
        let folder = Folder::new();
        let mut service = Service::start(&folder, &[]);
        service.wait_for("no NATS URL");
        let http = service.wait_for("HTTP is served");
        let addr = http["http_addr"].as_str().unwrap();
        assert!(addr.starts_with("127.0.0.1:"), "{http}");
        assert_eq!(ask(addr, "/healthz"), "HTTP/1.1 200 OK");
        let ready = service.wait_for("ready");
        assert_eq!(ready["database"], "SQLite");
        assert_eq!(ready["nats"], false);
        let asked = Instant::now();
        service.signal(name);
        service.wait_for("stopped");
        assert_eq!(service.ends().code(), Some(0));
        assert!(asked.elapsed() < Duration::from_secs(10));
        folder.run(&["query", "payouts"]).with_code(0);
    }
}

/// The first line of an answer.
fn ask(addr: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(addr).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {addr}\r\n\r\n").unwrap();
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

#[test]
fn an_address_that_is_taken_ends_it_with_1_and_one_that_is_none_with_2() {
    let folder = Folder::new();
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = holder.local_addr().unwrap().to_string();
    let ended = folder.run(&["serve", "--http-addr", &taken]).with_code(1);
    let told = format!("cannot listen for HTTP on {taken}: ");
    assert!(ended.stderr.contains(&told), "{ended:?}");
    for addr in [
        "8080",
        "127.0.0.1",
        "127.0.0.1:65536",
        "no address",
        "http://127.0.0.1:80",
    ] {
        let ended = folder.run(&["serve", "--http-addr", addr]).with_code(2);
        let told = format!("the HTTP address {addr:?} is not of the form");
        assert!(ended.stderr.contains(&told), "{ended:?}");
    }
    // Nothing was begun.
    assert!(!folder.path("payout-ledger.db").exists());
}

#[test]
fn a_nats_server_that_is_not_there_ends_it_with_4() {
    let folder = Folder::new();
    let url = "nats://127.0.0.1:1";
    let ended = folder.run(&["serve", "--nats-url", url]).with_code(4);
    assert!(
        ended
            .stderr
            .contains("cannot connect to NATS at 127.0.0.1:1"),
        "{ended:?}"
    );
    folder
        .run(&["serve", "--nats-url", "not a url"])
        .with_code(2);
}

#[test]
fn background_jobs_run_unless_they_are_switched_off() {
    let folder = Folder::new();
    let file = folder.file("off.toml", "[jobs]\nenabled = false\n");
    for (args, jobs) in [
        (["--jobs=true", "--tenant=default"], true),
        (["--jobs=false", "--tenant=default"], false),
        (["--config", &file], false),
    ] {
        let mut service = Service::start(&folder, &args);
        let ready = service.wait_for("ready");
        assert_eq!(ready["jobs"], jobs, "{args:?}");
        service.signal("TERM");
        assert_eq!(service.ends().code(), Some(0));
    }
}
