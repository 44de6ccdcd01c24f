//! The mails in the mailbox, and the file that keeps them.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::{Failure, data};

/// The most mails that the mailbox keeps.
const MOST: usize = 500;

/// The mails, the oldest first. Each is an object as `messages.json` shows it.
#[derive(Debug)]
pub(super) struct Messages {
    file: PathBuf,
    all: Vec<Value>,
}

impl Messages {
    pub(super) fn open(file: PathBuf) -> Result<Self, Failure> {
        let all = match fs::read(&file) {
            Ok(text) => serde_json::from_slice(&text)?,
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        Ok(Self { file, all })
    }

    pub(super) fn newest_first(&self) -> impl Iterator<Item = &Value> {
        self.all.iter().rev()
    }

    pub(super) fn get(&self, id: &str) -> Option<&Value> {
        self.all.iter().find(|message| text(message, "/id") == id)
    }

    /// Keeps the mail of a request to SES, and returns its id.
    pub(super) fn add(&mut self, request: &Value) -> Result<String, Failure> {
        let mut id = [0; 8];
        getrandom::fill(&mut id)?;
        let id = data_encoding::HEXLOWER.encode(&id);
        let at = OffsetDateTime::now_utc().replace_nanosecond(0)?.format(&Rfc3339)?;
        self.all.push(message(&id, &at, request));
        let surplus = self.all.len().saturating_sub(MOST);
        self.all.drain(..surplus);
        self.write()?;
        Ok(id)
    }

    pub(super) fn clear(&mut self) -> Result<(), Failure> {
        self.all.clear();
        self.write()
    }

    fn write(&self) -> Result<(), Failure> {
        Ok(data::write_private(&self.file, &Value::from(self.all.clone()).to_string())?)
    }
}

/// A mail as `messages.json` shows it. What SES decodes for the reader is decoded: the subject and the name in `from`.
fn message(id: &str, at: &str, request: &Value) -> Value {
    let plain = text(request, "/Content/Simple/Body/Text/Data");
    let links: Vec<&str> = plain.split_whitespace().filter(|word| word.contains("://")).collect();
    json!({
        "id": id,
        "at": at,
        "kind": text(request, "/EmailTags/0/Value"),
        "from": decoded(text(request, "/FromEmailAddress")),
        "to": text(request, "/Destination/ToAddresses/0"),
        "subject": decoded(text(request, "/Content/Simple/Subject/Data")),
        "text": plain,
        "html": text(request, "/Content/Simple/Body/Html/Data"),
        "links": links,
        "request": request,
    })
}

/// The text at this place. Empty if there is none.
pub(super) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The text of a header, with its encoded words decoded (RFC 2047).
fn decoded(header: &str) -> String {
    let mut bytes = Vec::new();
    let mut was_encoded = false;
    for (number, word) in header.split(' ').enumerate() {
        let base64 = word.strip_prefix("=?UTF-8?B?").and_then(|rest| rest.strip_suffix("?="));
        let encoded = base64.and_then(|base64| data_encoding::BASE64.decode(base64.as_bytes()).ok());
        // The space between two encoded words is no part of the text.
        if number > 0 && !(was_encoded && encoded.is_some()) {
            bytes.push(b' ');
        }
        was_encoded = encoded.is_some();
        bytes.extend(encoded.unwrap_or_else(|| word.as_bytes().to_vec()));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_words_are_decoded() {
        assert_eq!(decoded("\"Ada\" <a@b.cd>"), "\"Ada\" <a@b.cd>");
        assert_eq!(decoded("=?UTF-8?B?U8O2?= =?UTF-8?B?aG5l?= <a@b.cd>"), "Söhne <a@b.cd>");
    }

    #[test]
    fn the_mailbox_survives_a_restart_and_keeps_the_newest() {
        let file = std::env::temp_dir().join(format!("latchkey-mailbox-{}", std::process::id()));
        let mut messages = Messages::open(file.clone()).unwrap();
        for number in 0..MOST + 2 {
            let text = format!("a link: https://example.com/{number}\n");
            messages
                .add(&json!({ "Content": { "Simple": { "Body": { "Text": { "Data": text } } } } }))
                .unwrap();
        }
        let again = Messages::open(file.clone()).unwrap();
        assert_eq!(again.newest_first().count(), MOST);
        let newest = again.newest_first().next().unwrap();
        assert_eq!(newest["links"], json!([format!("https://example.com/{}", MOST + 1)]));
        assert_eq!(again.get(newest["id"].as_str().unwrap()), Some(newest));
        fs::remove_file(file).unwrap();
    }
}
