//! The browser that pages are looked at in.

use std::path::PathBuf;

/// Chromium, which nothing here installs: whoever has none is told how to get it.
pub fn chromium() -> PathBuf {
    if let Some(named) = std::env::var_os("PLIMSOLL_CHROMIUM") {
        return PathBuf::from(named);
    }
    let path = std::env::var_os("PATH").expect("there is a PATH");
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let places = std::env::split_paths(&path).flat_map(|folder| names.map(|name| folder.join(name)));
    places.into_iter().find(|place| place.is_file()).expect(
        "these tests need Chromium: `apt-get install chromium`, or name one in the environment as PLIMSOLL_CHROMIUM",
    )
}
