//! The array `users` of one JSON object, of which no more than a few are in memory.

use std::fmt;
use std::io::BufRead;
use std::sync::mpsc::{SyncSender, sync_channel};

use serde::de::{Deserializer as _, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::import::file::bounded::{Bounded, Room};

/// How many users a thread reads ahead.
const AHEAD: usize = 100;

/// The elements of the array `users`. A thread reads them, and waits while no one takes them.
pub(super) fn object(file: impl BufRead + Send + 'static) -> impl Iterator<Item = Result<Value, String>> {
    let (sender, receiver) = sync_channel(AHEAD);
    let room = Room::default();
    std::thread::spawn(move || {
        let bounded = Bounded { reader: file, room: room.clone() };
        let users = Users { sender: sender.clone(), room };
        let read = serde_json::Deserializer::from_reader(bounded).deserialize_map(users);
        if let Err(error) = read {
            // If no one listens any more, the import has ended.
            let _ = sender.send(Err(error.to_string()));
        }
    });
    receiver.into_iter()
}

/// Sends the elements of `users`.
struct Users {
    sender: SyncSender<Result<Value, String>>,
    room: Room,
}

impl<'de> Visitor<'de> for Users {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object with the array `users`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut has_users = false;
        loop {
            self.room.make();
            let Some(name) = map.next_key::<String>()? else { break };
            self.room.open();
            if name == "users" {
                has_users = true;
                map.next_value_seed(Elements(&self))?;
                self.room.open();
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        if has_users { Ok(()) } else { Err(A::Error::custom("it has no array `users`")) }
    }
}

struct Elements<'a>(&'a Users);

impl<'de> serde::de::DeserializeSeed<'de> for Elements<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Elements<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array of users")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        loop {
            self.0.room.make();
            let Some(user) = elements.next_element()? else { return Ok(()) };
            self.0.sender.send(Ok(user)).map_err(|_| A::Error::custom("no one reads it"))?;
        }
    }
}
