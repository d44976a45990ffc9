//! A server on this machine that takes messages, answers as it is told to, and remembers what came.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver as Queue, channel};
use std::thread;
use std::time::Duration;

/// What it does with a message.
#[derive(Debug, Clone, Copy)]
pub enum Act {
    /// Answers with this status, a header of its own, and this body.
    Answer(u16, &'static str, &'static str),
    /// Hangs up without an answer.
    Reset,
}

/// A message that came.
#[derive(Debug)]
pub struct Message {
    /// The first line.
    pub line: String,
    /// The headers, by their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Message {
    /// A header; empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

/// The server.
pub struct Receiver {
    address: SocketAddr,
    came: Queue<Message>,
}

impl Receiver {
    /// One that does with each message what is said in turn, and takes every further one.
    pub fn new(acts: &[Act]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let acts = acts.to_vec();
        let (send, came) = channel();
        thread::spawn(move || {
            let mut acts = acts.into_iter();
            for stream in listener.incoming() {
                let act = acts.next().unwrap_or(Act::Answer(200, "x-is: fine", "ok"));
                let Some(message) = serve(stream.unwrap(), act) else { continue };
                if send.send(message).is_err() {
                    return;
                }
            }
        });
        Self { address, came }
    }

    /// Where it is, with a secret in the path, as Slack has it.
    pub fn url(&self) -> String {
        format!("http://{}/services/T0/B0/{SECRET}", self.address)
    }

    /// Where it can be reached.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What has come up to now.
    pub fn messages(&self) -> Vec<Message> {
        // The program that has sent it has ended: what is under way is on its way between two threads.
        std::iter::from_fn(|| self.came.recv_timeout(Duration::from_millis(200)).ok()).collect()
    }
}

/// What is never to be shown.
pub const SECRET: &str = "SeededSecretZulu";

fn serve(mut stream: TcpStream, act: Act) -> Option<Message> {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        if let Some(message) = whole(&bytes) {
            if let Act::Answer(status, header, body) = act {
                let length = body.len();
                let answer = format!(
                    "HTTP/1.1 {status} x\r\n{header}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
                );
                stream.write_all(answer.as_bytes()).unwrap();
            }
            return Some(message);
        }
        let read = stream.read(&mut piece).ok().filter(|read| *read > 0)?;
        bytes.extend(&piece[..read]);
    }
}

fn whole(bytes: &[u8]) -> Option<Message> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let line = lines.next()?.to_owned();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let message = Message { line, headers, body: body.to_owned() };
    let length: usize = message.header("content-length").parse().ok()?;
    (body.len() == length).then_some(message)
}
