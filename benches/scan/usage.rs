//! What a program takes: time, processor time and memory, as Linux tells them in `/proc`.

use std::fmt;
use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Ticks in a second of `/proc/PID/stat`: always 100 for programs to see. Source: proc(5), sysconf(3).
const TICKS: u64 = 100;

/// What a program took.
#[derive(Debug)]
pub struct Usage {
    /// Its exit code.
    pub code: Option<i32>,
    /// From start to end.
    pub wall: Duration,
    /// User and system time of all its threads.
    pub cpu: Option<Duration>,
    /// The most memory it held at once.
    pub peak_kib: Option<u64>,
}

impl Usage {
    /// Runs a program to its end.
    pub fn of(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stderr(Stdio::null());
        let began = Instant::now();
        let mut child = command.spawn().expect("the program can be started");
        let (mut wall, mut cpu, mut peak_kib) = (None, None, None);
        let folder = format!("/proc/{}", child.id());
        // A program that has ended is still there, with its times but without its memory, until it is waited for.
        while let Some((state, time)) =
            fs::read_to_string(format!("{folder}/stat")).ok().as_deref().and_then(parse_stat)
        {
            cpu = Some(time);
            if state == 'Z' {
                wall = Some(began.elapsed());
                break;
            }
            let status = fs::read_to_string(format!("{folder}/status")).ok();
            peak_kib = status.as_deref().and_then(parse_peak).max(peak_kib);
            thread::sleep(Duration::from_millis(1));
        }
        let status = child.wait().expect("the program ends");
        Self { code: status.code(), wall: wall.unwrap_or_else(|| began.elapsed()), cpu, peak_kib }
    }
}

/// State and processor time. The name in parentheses may hold anything, so the fields are counted from its end.
fn parse_stat(stat: &str) -> Option<(char, Duration)> {
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: u64 = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some((fields.first()?.chars().next()?, Duration::from_millis(ticks * 1000 / TICKS)))
}

fn parse_peak(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>7} ms  ", self.wall.as_millis())?;
        match self.cpu {
            Some(cpu) => write!(f, "{:>8.2} s  ", cpu.as_secs_f64())?,
            None => write!(f, "{:>10}  ", "-")?,
        }
        match self.peak_kib {
            Some(kib) => write!(f, "{:>6} MiB", kib.div_ceil(1024)),
            None => write!(f, "{:>10}", "-"),
        }
    }
}
