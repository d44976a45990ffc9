//! The name that was meant when a name is nobody's.

/// The name most like what was given, if one is like it at all.
pub fn nearest<'a>(given: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let given = given.to_lowercase().replace('_', "-");
    let alike = |name: &str| {
        // A name of which only the beginning or the end was given is meant more often than one that looks similar.
        let part = if given.len() > 2 && (name.starts_with(&given) || name.ends_with(&given)) { 0.5 } else { 0.0 };
        strsim::jaro_winkler(&given, &name.to_lowercase()) + part
    };
    names
        .map(|name| (alike(name), name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}
