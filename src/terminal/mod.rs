//! Text on a terminal: how wide it is, where lines break, what is emphasised; and what is told on stderr.

mod talk;

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use textwrap::core::display_width;

pub use talk::{LogFormat, Manner, error, error_with, manner, say, say_with, talk, warn};

/// What holds a line together.
pub const STRONG: Style = Style::new().bold();
/// What may be passed over.
pub const FAINT: Style = Style::new().dimmed();
/// What heads a section.
pub const HEADING: Style = AnsiColor::Cyan.on_default().bold();

/// The width to fill: the terminal's, up to what can still be read with ease; 80 where there is no terminal.
pub fn width() -> usize {
    terminal_size::terminal_size_of(io::stdout()).map_or(80, |(width, _)| usize::from(width.0).clamp(40, 100))
}

/// `text` in a style.
pub fn styled(style: Style, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{style}{text}{style:#}") }
}

/// The lines of `text`, none wider than `width` unless a single word is.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let options = textwrap::Options::new(width.max(10))
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .wrap_algorithm(textwrap::WrapAlgorithm::FirstFit);
    textwrap::wrap(text, options).into_iter().map(std::borrow::Cow::into_owned).collect()
}

/// Writes `text` broken into lines, the first after `first` and the others below it.
pub fn paragraph(out: &mut impl Write, first: &str, text: &str, width: usize) -> io::Result<()> {
    let indent = display_width(first);
    if text.is_empty() {
        return Ok(());
    }
    for (number, line) in wrapped(text, width.saturating_sub(indent)).iter().enumerate() {
        let lead = if number == 0 { first.to_owned() } else { " ".repeat(indent) };
        writeln!(out, "{lead}{line}")?;
    }
    Ok(())
}

/// One column of a table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its heading.
    pub title: &'static str,
    /// Whether it holds numbers, which line up at the right.
    pub right: bool,
    /// Whether it gives way when the table is too wide; one column may.
    pub wraps: bool,
}

impl Column {
    /// A column of words.
    pub const fn words(title: &'static str) -> Self {
        Self { title, right: false, wraps: false }
    }

    /// A column of numbers.
    pub const fn numbers(title: &'static str) -> Self {
        Self { title, right: true, wraps: false }
    }

    /// A column of sentences, broken into lines where the table would be too wide.
    pub const fn sentences(title: &'static str) -> Self {
        Self { title, right: false, wraps: true }
    }
}

/// How wide each column is, so that several tables can share one shape.
#[derive(Debug, Clone)]
pub struct Columns {
    columns: Vec<Column>,
    widths: Vec<usize>,
    indent: usize,
}

const GAP: &str = "  ";

impl Columns {
    /// Fits the columns to `rows` and to the width.
    pub fn fit(columns: &[Column], rows: &[Vec<String>], indent: usize, width: usize) -> Self {
        let cell_width = |row: &Vec<String>, column: usize| row[column].lines().map(display_width).max();
        let mut widths: Vec<usize> = columns
            .iter()
            .enumerate()
            .map(|(at, column)| {
                rows.iter().filter_map(|row| cell_width(row, at)).max().unwrap_or(0).max(display_width(column.title))
            })
            .collect();
        let total = indent + widths.iter().sum::<usize>() + GAP.len() * (columns.len().saturating_sub(1));
        if let Some(at) = columns.iter().position(|column| column.wraps) {
            widths[at] = widths[at].saturating_sub(total.saturating_sub(width)).max(16);
        }
        Self { columns: columns.to_vec(), widths, indent }
    }

    /// Writes the headings.
    pub fn head(&self, out: &mut impl Write) -> io::Result<()> {
        let titles: Vec<String> = self.columns.iter().map(|column| column.title.to_owned()).collect();
        self.write(out, &titles, FAINT)
    }

    /// Writes a row; cells may have several lines.
    pub fn row(&self, out: &mut impl Write, cells: &[String]) -> io::Result<()> {
        self.write(out, cells, Style::new())
    }

    fn write(&self, out: &mut impl Write, cells: &[String], style: Style) -> io::Result<()> {
        let cells: Vec<Vec<String>> = cells
            .iter()
            .zip(&self.columns)
            .zip(&self.widths)
            .map(|((cell, column), width)| {
                if column.wraps {
                    cell.lines().flat_map(|line| wrapped(line, *width)).collect()
                } else {
                    cell.lines().map(str::to_owned).collect()
                }
            })
            .collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or(0);
        for line in 0..height {
            let mut text = String::new();
            for ((cell, column), width) in cells.iter().zip(&self.columns).zip(&self.widths) {
                let part = cell.get(line).map_or("", String::as_str);
                let space = " ".repeat(width.saturating_sub(display_width(part)));
                let part = if column.right { format!("{space}{part}") } else { format!("{part}{space}") };
                if !text.is_empty() {
                    text.push_str(GAP);
                }
                text.push_str(&part);
            }
            writeln!(out, "{}{}", " ".repeat(self.indent), styled(style, text.trim_end()))?;
        }
        Ok(())
    }
}

/// Writes a doc comment's text: paragraphs are filled anew, list items and fenced code keep their lines, and what
/// stands between backticks is never broken, so that commands can be copied.
pub fn prose(out: &mut impl Write, indent: usize, text: &str, width: usize) -> io::Result<()> {
    let mut paragraph = String::new();
    let mut fenced = false;
    for line in text.lines() {
        let fence = line.trim_start().starts_with("```");
        if fence || fenced || line.trim().is_empty() || line.starts_with("- ") {
            fill(out, indent, &paragraph, width)?;
            paragraph.clear();
        }
        if fence {
            fenced = !fenced;
        } else if fenced || line.trim().is_empty() {
            writeln!(out, "{}", format!("{:indent$}{line}", "").trim_end())?;
        } else {
            paragraph.push_str(if paragraph.is_empty() { "" } else { " " });
            paragraph.push_str(line.trim());
        }
    }
    fill(out, indent, &paragraph, width)
}

fn fill(out: &mut impl Write, indent: usize, text: &str, width: usize) -> io::Result<()> {
    let (bullet, text) = if let Some(item) = text.strip_prefix("- ") { ("- ", item) } else { ("", text) };
    let mut lines = Vec::new();
    paragraph(&mut lines, &format!("{:indent$}{bullet}", ""), &unbroken_code(text), width)?;
    out.write_all(String::from_utf8_lossy(&lines).replace('\u{a0}', " ").as_bytes())
}

fn unbroken_code(text: &str) -> String {
    let parts = text.split('`').enumerate();
    parts
        .map(|(at, part)| if at % 2 == 1 { format!("`{}`", part.replace(' ', "\u{a0}")) } else { part.to_owned() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, width: usize) -> String {
        let mut out = Vec::new();
        prose(&mut out, 2, text, width).expect("memory takes it");
        String::from_utf8(out).expect("text in, text out")
    }

    #[test]
    fn paragraphs_are_filled_and_commands_stay_whole() {
        let text = "Turn it on:\n`aws kms enable-key-rotation --key-id ID`, and\nwait.\n\nThen look again.";
        assert_eq!(
            shown(text, 30),
            "  Turn it on:\n  `aws kms enable-key-rotation --key-id ID`,\n  and wait.\n\n  Then look again.\n"
        );
    }

    #[test]
    fn lists_and_code_keep_their_lines() {
        let text = "- one that is long enough\n- two\n\n```text\nlet  it = be\n```";
        assert_eq!(shown(text, 20), "  - one that is long\n    enough\n  - two\n\n  let  it = be\n");
    }

    #[test]
    fn an_odd_backtick_does_no_harm() {
        assert_eq!(shown("a ` b", 20), "  a ` b`\n");
    }

    #[test]
    fn the_column_of_sentences_gives_way() {
        let columns = [Column::words("id"), Column::sentences("title"), Column::numbers("n")];
        let rows = vec![vec!["a".into(), "some words that do not fit".into(), "12".into()]];
        let mut out = Vec::new();
        let fitted = Columns::fit(&columns, &rows, 1, 30);
        fitted.head(&mut out).expect("memory takes it");
        fitted.row(&mut out, &rows[0]).expect("memory takes it");
        let text = anstream::adapter::strip_str(std::str::from_utf8(&out).expect("text")).to_string();
        assert_eq!(text, " id  title                   n\n a   some words that do     12\n     not fit\n");
    }
}
