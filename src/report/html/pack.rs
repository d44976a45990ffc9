//! What the page holds in compressed form: arrays of JSON that grow on disk, and become text of a page in the end.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};

use base64::engine::general_purpose::STANDARD;
use base64::write::EncoderWriter;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;

/// Bytes of JSON that are compressed together.
const GATHERED: usize = 64 * 1024;

/// A JSON array that is compressed as it grows. JSON is written a few bytes at a time, each of which would cost a round
/// of the compressor: they are gathered first.
struct Array<W: Write> {
    gzip: BufWriter<GzEncoder<W>>,
    len: usize,
}

impl<W: Write> Array<W> {
    fn new(out: W) -> io::Result<Self> {
        let mut gzip = BufWriter::with_capacity(GATHERED, GzEncoder::new(out, Compression::default()));
        gzip.write_all(b"[")?;
        Ok(Self { gzip, len: 0 })
    }

    fn push(&mut self, item: &impl Serialize) -> io::Result<()> {
        if self.len > 0 {
            self.gzip.write_all(b",")?;
        }
        self.len += 1;
        serde_json::to_writer(&mut self.gzip, item)?;
        Ok(())
    }

    fn finish(mut self) -> io::Result<W> {
        self.gzip.write_all(b"]")?;
        self.gzip.into_inner().map_err(io::IntoInnerError::into_error)?.finish()
    }
}

/// A JSON array in pieces of a fixed number of items, each compressed by itself, so that a browser unpacks only the
/// piece that somebody looks at. It waits in a temporary file: memory does not grow with it.
pub struct Pieces {
    piece: Option<Array<BufWriter<File>>>,
    /// Items of a whole piece.
    size: usize,
    /// Where each finished piece ends in the file.
    ends: Vec<u64>,
}

impl Pieces {
    /// An empty array whose pieces have `size` items.
    pub fn of(size: usize) -> io::Result<Self> {
        let file = BufWriter::new(tempfile::tempfile()?);
        Ok(Self { piece: Some(Array::new(file)?), size, ends: Vec::new() })
    }

    /// An empty array in one piece.
    pub fn whole() -> io::Result<Self> {
        Self::of(usize::MAX)
    }

    /// Adds an item.
    pub fn push(&mut self, item: &impl Serialize) -> io::Result<()> {
        let mut piece = self.piece.take().ok_or_else(|| io::Error::other("an earlier item could not be written"))?;
        if piece.len == self.size {
            let mut file = piece.finish()?;
            self.ends.push(file.stream_position()?);
            piece = Array::new(file)?;
        }
        piece.push(item)?;
        self.piece = Some(piece);
        Ok(())
    }

    /// Writes each piece as a block of the page, `NAME-0`, `NAME-1` …; gives how many there are.
    pub fn write(mut self, name: &str, out: &mut impl Write) -> io::Result<()> {
        let piece = self.piece.take().ok_or_else(|| io::Error::other("an earlier item could not be written"))?;
        let mut file = piece.finish()?;
        self.ends.push(file.stream_position()?);
        let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        let mut file = BufReader::new(file);
        let mut begin = 0;
        for (number, end) in self.ends.into_iter().enumerate() {
            block(&format!("{name}-{number}"), out, |block| {
                io::copy(&mut (&mut file).take(end - begin), block).map(|_| ())
            })?;
            begin = end;
        }
        Ok(())
    }
}

/// Writes one value as a block of the page.
pub fn value(name: &str, value: &impl Serialize, out: &mut impl Write) -> io::Result<()> {
    block(name, out, |block| {
        let mut gzip = BufWriter::with_capacity(GATHERED, GzEncoder::new(block, Compression::default()));
        serde_json::to_writer(&mut gzip, value)?;
        gzip.into_inner().map_err(io::IntoInnerError::into_error)?.finish().map(|_| ())
    })
}

/// A block of data. A script of a type that no browser knows is never run, whatever is in it; and base64 has no
/// character that could end it.
fn block<W: Write>(
    name: &str,
    out: &mut W,
    fill: impl FnOnce(&mut EncoderWriter<'_, base64::engine::GeneralPurpose, &mut W>) -> io::Result<()>,
) -> io::Result<()> {
    write!(out, "<script type=\"application/gzip+base64\" id=\"{name}\">")?;
    let mut encoder = EncoderWriter::new(&mut *out, &STANDARD);
    fill(&mut encoder)?;
    encoder.finish()?;
    drop(encoder);
    writeln!(out, "</script>")
}
