//! Which published file it is: what changes whenever a writer puts another in its place.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::manifest::MANIFEST;

/// The identity of a published file, or of an export's manifest. Found without opening the file: to open
/// and close one that DuckDB holds would drop DuckDB's lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Edition {
    device: u64,
    inode: u64,
    modified_s: i64,
    modified_ns: i64,
    size_bytes: u64,
}

impl Edition {
    /// That of what is published now; `None` where nothing is.
    ///
    /// # Errors
    /// When the file system cannot tell.
    pub fn published(database: &Path) -> io::Result<Option<Self>> {
        let metadata = match fs::metadata(database) {
            Ok(metadata) if metadata.is_dir() => fs::metadata(database.join(MANIFEST)),
            other => other,
        };
        match metadata {
            Ok(metadata) => Ok(Some(Edition {
                device: metadata.dev(),
                inode: metadata.ino(),
                modified_s: metadata.mtime(),
                modified_ns: metadata.mtime_nsec(),
                size_bytes: metadata.len(),
            })),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// When it was written, in milliseconds since 1970.
    #[must_use]
    pub fn modified_ms(&self) -> i64 {
        self.modified_s
            .saturating_mul(1000)
            .saturating_add(self.modified_ns / 1_000_000)
    }

    /// Short, and another for every other edition.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{:x}-{:x}{:08x}", self.inode, self.modified_s, self.modified_ns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_renamed_over_is_another_edition() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a");
        assert_eq!(Edition::published(&path).unwrap(), None);
        fs::write(&path, "x").unwrap();
        let first = Edition::published(&path).unwrap().unwrap();
        assert_eq!(Edition::published(&path).unwrap(), Some(first));
        fs::write(directory.path().join("b"), "x").unwrap();
        fs::rename(directory.path().join("b"), &path).unwrap();
        let second = Edition::published(&path).unwrap().unwrap();
        assert_ne!(first, second);
        assert_ne!(first.name(), second.name());
    }

    #[test]
    fn of_a_directory_the_manifest_counts() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(Edition::published(directory.path()).unwrap(), None);
        fs::write(directory.path().join(MANIFEST), "{}").unwrap();
        assert!(Edition::published(directory.path()).unwrap().is_some());
    }
}
