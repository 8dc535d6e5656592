//! Texts that occur again and again, kept once: executors, hosts, localities, error messages.

use std::collections::HashMap;
use std::mem::size_of;
use std::sync::Arc;

use foldhash::fast::RandomState;

/// A text of [`Strings`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(u32);

/// The texts of one application.
#[derive(Debug, Default)]
pub struct Strings {
    all: Vec<Arc<str>>,
    known: HashMap<Arc<str>, Name, RandomState>,
    bytes: usize,
}

impl Strings {
    /// The name of a text, which is kept if it is new.
    pub fn name(&mut self, text: &str) -> Name {
        if let Some(name) = self.known.get(text) {
            return *name;
        }
        // More texts than this cannot be held by any log that fits the memory bound; all of them share one.
        let name = Name(u32::try_from(self.all.len()).unwrap_or(u32::MAX));
        let text: Arc<str> = Arc::from(text);
        self.bytes += text.len() + 2 * size_of::<Arc<str>>() + size_of::<Name>() + 16;
        self.all.push(Arc::clone(&text));
        self.known.insert(text, name);
        name
    }

    /// The name of a text, if it is known.
    pub fn find(&self, text: &str) -> Option<Name> {
        self.known.get(text).copied()
    }

    /// The text of a name that [`Self::name`] has given.
    pub fn text(&self, name: Name) -> &str {
        self.all.get(name.0 as usize).map_or("", |text| text)
    }

    /// About how much memory the texts take.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}
