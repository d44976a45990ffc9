//! The wish of the user or the system that the program stop.

use std::io;

use tokio::sync::watch;

use super::job::INTERRUPTED;

/// The wish of the user or the system that the program stop.
///
/// One listener hears it from before the account is opened until the last byte is written, so that no signal falls
/// between two of them. Who asks a second time is not made to wait for outputs that nobody reads.
pub struct Interruption(watch::Receiver<bool>);

impl Interruption {
    /// Begins to listen.
    pub fn listen() -> io::Result<Self> {
        let (tell, told) = watch::channel(false);
        let mut signals = Signals::new()?;
        tokio::spawn(async move {
            signals.next().await;
            tell.send_replace(true);
            signals.next().await;
            std::process::exit(INTERRUPTED.into());
        });
        Ok(Self(told))
    }

    /// Resolves once the wish is known, also if it was uttered before.
    pub fn came(&self) -> impl Future<Output = ()> + use<> {
        let mut told = self.0.clone();
        async move {
            if told.wait_for(|told| *told).await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}

/// SIGINT and SIGTERM.
#[cfg(unix)]
struct Signals(tokio::signal::unix::Signal, tokio::signal::unix::Signal);

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self(signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?))
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.0.recv() => {}
            _ = self.1.recv() => {}
        }
    }
}

/// Ctrl-C.
#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn new() -> io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    async fn next(&mut self) {
        self.0.recv().await;
    }
}
