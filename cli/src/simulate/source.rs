//! Lines of a file that can be gone back to. What cannot be gone back in (standard input, a pipe)
//! is set down in a file without a name first.

use crate::problem::Problem;
use beckon_shared::segment::MESSAGE_MAX_BYTES;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek};
use std::path::Path;

/// Longest line that is kept: a message and what may stand around it. Of a longer one the
/// beginning is kept and the rest is passed over.
const LINE_MAX_BYTES: usize = MESSAGE_MAX_BYTES + 1024;

/// How much is read at once: little enough to be thrown away where lines are out of order.
const BUFFER_BYTES: usize = 16 * 1024;

/// A file of lines.
pub struct Source {
    name: String,
    reader: BufReader<File>,
    position: u64,
    size: u64,
}

/// Where a line lies.
#[derive(Debug, Clone, Copy)]
pub struct Extent {
    /// Its first byte.
    pub offset: u64,
    /// How many bytes were kept of it.
    pub bytes: usize,
    /// Whether that is all of it.
    pub whole: bool,
}

impl Source {
    /// Opens the file; `-` is standard input.
    pub fn open(path: &Path) -> Result<Self, Problem> {
        let is_stdin = path.as_os_str() == "-";
        let name = if is_stdin {
            "standard input".to_owned()
        } else {
            path.display().to_string()
        };
        let file = if is_stdin {
            set_down(io::stdin().lock())
        } else {
            opened(path)
        };
        match file {
            Ok((file, size)) => Ok(Self {
                name,
                reader: BufReader::with_capacity(BUFFER_BYTES, file),
                position: 0,
                size,
            }),
            Err(error) => Err(Problem::File { file: name, error }),
        }
    }

    /// The name that people know it by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many bytes there are.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// How many bytes have been read or passed over.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Reads the next line into `line`; nothing at the end.
    pub fn next_line(&mut self, line: &mut Vec<u8>) -> Result<Option<Extent>, Problem> {
        line.clear();
        let offset = self.position;
        let limit = u64::try_from(LINE_MAX_BYTES).unwrap_or(u64::MAX);
        let read = (&mut self.reader).take(limit).read_until(b'\n', line);
        let bytes = read.map_err(|error| self.failed(error))?;
        if bytes == 0 {
            return Ok(None);
        }
        let cut = bytes == LINE_MAX_BYTES && line.last() != Some(&b'\n');
        let passed_over = if cut {
            self.reader.skip_until(b'\n').map_err(|error| self.failed(error))?
        } else {
            0
        };
        self.position += length(bytes) + length(passed_over);
        let whole = passed_over == 0;
        Ok(Some(Extent { offset, bytes, whole }))
    }

    /// Reads a line again.
    pub fn line_at(&mut self, offset: u64, bytes: usize, line: &mut Vec<u8>) -> Result<(), Problem> {
        let from = i64::try_from(self.position).unwrap_or(i64::MAX);
        let to = i64::try_from(offset).unwrap_or(i64::MAX);
        line.resize(bytes, 0);
        // Relative, so that what is in the buffer already is not read once more.
        let read = self
            .reader
            .seek_relative(to - from)
            .and_then(|()| self.reader.read_exact(line));
        read.map_err(|error| self.failed(error))?;
        self.position = offset + length(bytes);
        Ok(())
    }

    fn failed(&self, error: io::Error) -> Problem {
        let file = self.name.clone();
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Problem::Changed { file },
            _ => Problem::File { file, error },
        }
    }
}

fn opened(path: &Path) -> io::Result<(File, u64)> {
    let file = File::open(path)?;
    let about = file.metadata()?;
    if about.is_file() {
        Ok((file, about.len()))
    } else {
        set_down(file)
    }
}

fn set_down(mut from: impl Read) -> io::Result<(File, u64)> {
    let mut file = tempfile::tempfile()?;
    let bytes = io::copy(&mut from, &mut file)?;
    file.rewind()?;
    Ok((file, bytes))
}

fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
