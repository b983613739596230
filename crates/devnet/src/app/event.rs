//! What transactions and blocks emit.

/// An event: its kind, and its attributes in the order in which they were emitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Such as `send_packet`.
    pub kind: String,
    /// Keys and values.
    pub attributes: Vec<Attribute>,
}

/// A key and its value, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its name.
    pub key: String,
    /// Its text.
    pub value: String,
    /// Is it for the index? Always, in what the SDK emits.
    pub index: bool,
}

impl Event {
    /// An event without attributes.
    pub fn new(kind: impl Into<String>) -> Self {
        Self { kind: kind.into(), attributes: Vec::new() }
    }

    /// The event with one attribute more.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, value: impl ToString) -> Self {
        self.attributes.push(Attribute { key: key.into(), value: value.to_string(), index: true });
        self
    }

    /// The value of its first attribute of that name.
    pub fn value(&self, key: &str) -> Option<&str> {
        self.attributes.iter().find(|attribute| attribute.key == key).map(|attribute| attribute.value.as_str())
    }
}
