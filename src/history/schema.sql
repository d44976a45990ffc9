-- Scans of the same accounts make a series; within it they are numbered in the order of time.
CREATE TABLE series (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE scan (
    id       INTEGER PRIMARY KEY,
    series   INTEGER NOT NULL REFERENCES series (id),
    number   INTEGER NOT NULL,
    started  TEXT NOT NULL,
    finished TEXT,
    partial  INTEGER NOT NULL,
    tool     TEXT NOT NULL,
    settings TEXT NOT NULL,
    caller   TEXT NOT NULL,
    UNIQUE (series, number)
) STRICT;

-- The checks of a scan: made, off by configuration, or not judged to the end.
CREATE TABLE made (
    scan        INTEGER NOT NULL REFERENCES scan (id) ON DELETE CASCADE,
    check_id    TEXT NOT NULL,
    state       TEXT NOT NULL,
    fingerprint TEXT,
    PRIMARY KEY (scan, check_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE tally (
    scan   INTEGER NOT NULL REFERENCES scan (id) ON DELETE CASCADE,
    duty   TEXT NOT NULL,
    status TEXT NOT NULL,
    count  INTEGER NOT NULL,
    PRIMARY KEY (scan, duty, status)
) STRICT, WITHOUT ROWID;

-- What never changes of a finding, once.
CREATE TABLE finding (
    id            INTEGER PRIMARY KEY,
    series        INTEGER NOT NULL REFERENCES series (id),
    key           BLOB NOT NULL,
    check_id      TEXT NOT NULL,
    duty          TEXT NOT NULL,
    account       TEXT NOT NULL,
    region        TEXT NOT NULL,
    kind          TEXT,
    resource_type TEXT NOT NULL,
    arn           TEXT NOT NULL,
    resource      TEXT NOT NULL,
    UNIQUE (series, key)
) STRICT;

-- How it stood, from the scan numbered first to that numbered last; last is null while it still stands so.
CREATE TABLE state (
    id       INTEGER PRIMARY KEY,
    finding  INTEGER NOT NULL REFERENCES finding (id),
    series   INTEGER NOT NULL REFERENCES series (id),
    first    INTEGER NOT NULL,
    last     INTEGER,
    status   TEXT NOT NULL,
    severity TEXT NOT NULL,
    message  TEXT NOT NULL,
    cause    TEXT,
    evidence TEXT NOT NULL
) STRICT;
CREATE INDEX state_of_finding ON state (finding, first);
CREATE INDEX state_by_first ON state (series, first);
CREATE INDEX state_by_last ON state (series, last);

-- What became of a read, by the same intervals; the read `account` tells how the account itself came through.
CREATE TABLE coverage (
    id      INTEGER PRIMARY KEY,
    series  INTEGER NOT NULL REFERENCES series (id),
    account TEXT NOT NULL,
    read    TEXT NOT NULL,
    region  TEXT NOT NULL,
    first   INTEGER NOT NULL,
    last    INTEGER,
    state   TEXT NOT NULL,
    why     TEXT NOT NULL
) STRICT;
CREATE INDEX coverage_of_read ON coverage (series, account, read, region, first);
CREATE INDEX coverage_by_first ON coverage (series, first);
CREATE INDEX coverage_by_last ON coverage (series, last);
