//! Time and memory against the number of accounts, drawn.

use std::fmt::Write;

use super::Measured;

const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 280.0;
/// Room for what stands beside the axes.
const MARGIN: f64 = 56.0;

/// A line of the plot: its name, unit and colour, and the side its axis is on.
struct Line {
    name: &'static str,
    colour: &'static str,
    on_the_right: bool,
    points: Vec<(f64, f64)>,
}

/// The picture as an SVG document.
#[expect(clippy::cast_precision_loss, reason = "a picture has few pixels")]
pub fn svg(measured: &[Measured]) -> String {
    let points = |value: &dyn Fn(&Measured) -> Option<f64>| {
        measured.iter().filter_map(|it| Some((it.accounts as f64, value(it)?))).collect()
    };
    let lines = [
        Line {
            name: "wall time (s)",
            colour: "#1f6feb",
            on_the_right: false,
            points: points(&|it| Some(it.usage.wall.as_secs_f64())),
        },
        Line {
            name: "peak memory (MiB)",
            colour: "#bc4c00",
            on_the_right: true,
            points: points(&|it| Some(it.usage.peak_kib? as f64 / 1024.0)),
        },
    ];
    let most = measured.iter().map(|it| it.accounts).max().unwrap_or(1) as f64;
    let mut svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" font-size="12">"#
    );
    let (left, right, bottom) = (MARGIN, WIDTH - MARGIN, HEIGHT - MARGIN);
    let mut add = |element: String| writeln!(svg, "{element}").expect("strings can be written to");
    add(String::new());
    add(r#"<rect width="100%" height="100%" fill="white"/>"#.to_owned());
    add(format!(r#"<path d="M{left} 24V{bottom}H{right}V24" fill="none" stroke="gray"/>"#));
    for it in measured {
        let x = across(it.accounts as f64, most);
        add(format!(r#"<text x="{x:.0}" y="{:.0}" text-anchor="middle">{}</text>"#, bottom + 16.0, it.accounts));
    }
    add(format!(r#"<text x="{:.0}" y="{:.0}" text-anchor="middle">accounts</text>"#, WIDTH / 2.0, bottom + 34.0));
    for line in &lines {
        let top = line.points.iter().map(|(_, y)| *y).fold(f64::MIN_POSITIVE, f64::max);
        let (x, anchor) = if line.on_the_right { (right, "end") } else { (left, "start") };
        let (name, colour) = (line.name, line.colour);
        add(format!(r#"<text x="{x:.0}" y="14" text-anchor="{anchor}" fill="{colour}">{name}</text>"#));
        let (x, anchor) = if line.on_the_right { (right + 6.0, "start") } else { (left - 6.0, "end") };
        for share in [0.0, 0.5, 1.0] {
            let y = bottom - share * (bottom - 24.0);
            let value = top * share;
            add(format!(r#"<text x="{x:.0}" y="{y:.0}" text-anchor="{anchor}" fill="{colour}">{value:.1}</text>"#));
        }
        let at = |(x, y): &(f64, f64)| (across(*x, most), bottom - y / top * (bottom - 24.0));
        let points: Vec<String> = line.points.iter().map(at).map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        add(format!(r#"<polyline points="{}" fill="none" stroke="{colour}" stroke-width="2"/>"#, points.join(" ")));
        for (x, y) in line.points.iter().map(at) {
            add(format!(r#"<circle cx="{x:.1}" cy="{y:.1}" r="3" fill="{colour}"/>"#));
        }
    }
    add("</svg>".to_owned());
    svg
}

fn across(accounts: f64, most: f64) -> f64 {
    MARGIN + accounts / most * (WIDTH - 2.0 * MARGIN)
}
