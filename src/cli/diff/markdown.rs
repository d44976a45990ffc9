//! A comparison as Markdown, short enough for a pull request.

use std::io::Write;

use super::{Digest, left_out};
use crate::history::{Comparison, Counts, Kind, Scan};
use crate::report::harmless;
use crate::scan::grouped;

/// Writes a comparison, and counts.
pub fn write(comparison: &Comparison<'_>, old: &Scan, new: &Scan, out: &mut impl Write) -> anyhow::Result<Counts> {
    let (digest, counts) = Digest::of(comparison)?;
    writeln!(out, "**Plimsoll**, {} → {}: {}", old.started, new.started, counts.words())?;
    for kind in Kind::ALL {
        let Some(lines) = digest.lines.get(&kind) else { continue };
        let count = counts.kinds.get(&kind).copied().unwrap_or(0);
        writeln!(out, "\n### {} ({})\n", kind.words(), grouped(count))?;
        writeln!(out, "| severity | | where | resource | check | message |\n|---|---|---|---|---|---|")?;
        for line in lines {
            let Some(seen) = line.latest() else { continue };
            let place = &line.place;
            let message: Vec<String> = std::iter::once(seen.message.clone()).chain(line.details()).collect();
            writeln!(
                out,
                "| {} | {} | {} {} | {} | {} | {} |",
                seen.severity,
                line.turn(),
                escaped(&place.account, 40),
                escaped(&place.region, 40),
                escaped(&place.resource, 120),
                escaped(&place.check, 100),
                escaped(&message.join("; "), 300),
            )?;
        }
        if let Some(more) = left_out(&counts, kind, lines) {
            writeln!(out, "\n{more}")?;
        }
    }
    Ok(counts)
}

/// Text of strangers as text: no mark-up, no links, nobody who is called by name.
fn escaped(text: &str, width: usize) -> String {
    let mut out = String::new();
    for character in harmless(text, width).chars() {
        match character {
            '&' | '<' | '>' | '@' | ':' | '#' => out.extend(["&#", &u32::from(character).to_string(), ";"]),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '!' | '|' | '~' => {
                out.push('\\');
                out.push(character);
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_becomes_mark_up() {
        assert_eq!(escaped("<img src=x>|[a](b)\n@all", 80), "&#60;img src=x&#62;\\|\\[a\\]\\(b\\)\\\\u\\{a\\}&#64;all");
        assert_eq!(escaped("https://evil.example `x`", 80), "https&#58;//evil.example \\`x\\`");
    }
}
