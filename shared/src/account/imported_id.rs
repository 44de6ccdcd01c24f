//! The id of a user who comes from another system.

use sha2::{Digest as _, Sha256};

use crate::account::user::UserId;

/// The id of a user who had this id in that system. It is the same at each import, so no one comes twice.
#[must_use]
pub fn imported_id(source: &str, external_id: &str) -> UserId {
    let hash = Sha256::digest(format!("latchkey import 1\n{source}\n{external_id}"));
    let mut bytes = [0; UserId::BYTES];
    for (byte, of_hash) in bytes.iter_mut().zip(hash) {
        *byte = of_hash;
    }
    UserId::new(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_an_import_follows_from_the_other_one() {
        let id = imported_id("devise", "42");
        assert_eq!(UserId::parse(id.as_str()), Some(id.clone()));
        assert_eq!(imported_id("devise", "42"), id);
        for (source, external) in [("devise", "43"), ("django", "42"), ("devis", "e42")] {
            assert_ne!(imported_id(source, external), id);
        }
    }
}
