//! The function Argon2id ([RFC 9106](https://www.rfc-editor.org/rfc/rfc9106)): from a password and a salt to a tag.
//!
//! It is most of the CPU time of a login. So the crate `argon2-rust`, the fastest implementation that Latchkey trusts,
//! computes it (`docs/design.md` says why). Its memory is kept between hashes and wiped after each, because new memory
//! would cost more page faults than the hash costs arithmetic.
//!
//! The crate chooses its code by the processor. So each execution environment first checks it with known answers, and
//! the crate `argon2` computes the hashes if one is wrong, or without the feature `fast-hash`. A wrong hash would lock
//! a new account out for ever.

#[cfg(feature = "fast-hash")]
mod fast;
mod reference;

use std::fmt;
use std::sync::{Mutex, PoisonError};

use argon2::Params;

use crate::error::Error;

/// Argon2id, version 0x13, with the memory for one hash at a time.
pub(super) struct Argon2id(Mutex<Arena>);

/// An implementation with its memory.
enum Arena {
    #[cfg(feature = "fast-hash")]
    Fast(fast::Arena),
    Reference(reference::Arena),
    /// One whose tags are wrong.
    #[cfg(test)]
    Wrong(reference::Arena),
}

/// Known answers of Argon2's reference implementation, phc-winner-argon2, for the password `password` and the salt
/// `somesalt`: two passes over 256 KiB, with this number of lanes. They take about 0.1 ms together.
#[cfg(any(test, feature = "fast-hash"))]
const KNOWN_ANSWERS: [(u32, &str); 2] = [
    (1, "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe"),
    (2, "6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037"),
];

impl fmt::Debug for Argon2id {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Argon2id(…)")
    }
}

impl Default for Argon2id {
    /// The fast implementation, if it is right on this processor, or else the reference.
    fn default() -> Self {
        #[cfg(feature = "fast-hash")]
        {
            Self::checked(|| Arena::Fast(fast::Arena::default()))
        }
        #[cfg(not(feature = "fast-hash"))]
        {
            Self(Mutex::new(Arena::Reference(reference::Arena::default())))
        }
    }
}

impl Argon2id {
    /// This implementation if it gives the known answers, or else the reference.
    #[cfg(any(test, feature = "fast-hash"))]
    fn checked(fast: impl Fn() -> Arena) -> Self {
        // The check has memory of its own, so that the first hash allocates all of its memory at once.
        if gives_the_known_answers(&mut fast()) {
            return Self(Mutex::new(fast()));
        }
        tracing::error!(
            "argon2-rust computes wrong password hashes on this processor; argon2 computes them, which takes longer"
        );
        Self(Mutex::new(Arena::Reference(reference::Arena::default())))
    }

    /// Computes a tag as long as `tag`. The first hash allocates the memory, and a hash that needs more allocates more.
    ///
    /// # Errors
    /// [`Error::Internal`] when the salt or the tag is shorter than Argon2 allows, or the system has no more memory.
    pub(super) fn fill(
        &self,
        params: &Params,
        password: &[u8],
        salt: &[u8],
        tag: &mut [u8],
    ) -> Result<(), Error> {
        // After a panic, the next hash overwrites the memory before it reads it.
        let mut arena = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        arena.fill(params, password, salt, tag)
    }
}

impl Arena {
    fn fill(&mut self, params: &Params, password: &[u8], salt: &[u8], tag: &mut [u8]) -> Result<(), Error> {
        match self {
            #[cfg(feature = "fast-hash")]
            Self::Fast(arena) => fast::fill(arena, params, password, salt, tag),
            Self::Reference(arena) => reference::fill(arena, params, password, salt, tag),
            #[cfg(test)]
            Self::Wrong(arena) => {
                reference::fill(arena, params, password, salt, tag)?;
                tag.reverse();
                Ok(())
            }
        }
    }
}

#[cfg(any(test, feature = "fast-hash"))]
fn gives_the_known_answers(arena: &mut Arena) -> bool {
    KNOWN_ANSWERS.iter().all(|(lanes, expected)| {
        let mut tag = [0; 32];
        let params = Params::new(256, 2, *lanes, None);
        let done = params.is_ok_and(|params| arena.fill(&params, b"password", b"somesalt", &mut tag).is_ok());
        done && data_encoding::HEXLOWER.encode(&tag) == *expected
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference(params: &Params, password: &[u8], salt: &[u8], length: usize) -> Vec<u8> {
        let mut tag = vec![0; length];
        reference::fill(&mut reference::Arena::default(), params, password, salt, &mut tag).unwrap();
        tag
    }

    fn computed(
        argon2id: &Argon2id,
        params: &Params,
        password: &[u8],
        salt: &[u8],
        length: usize,
    ) -> Vec<u8> {
        let mut tag = vec![0; length];
        argon2id.fill(params, password, salt, &mut tag).unwrap();
        tag
    }

    /// The vectors of Argon2's reference implementation, phc-winner-argon2: the exponent of the memory in KiB, passes,
    /// lanes, password, salt and tag.
    const VECTORS: [(u32, u32, u32, &str, &str, &str); 7] = [
        (
            16,
            2,
            1,
            "password",
            "somesalt",
            "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7",
        ),
        (8, 2, 1, "password", "somesalt", "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe"),
        (8, 2, 2, "password", "somesalt", "6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037"),
        (
            16,
            1,
            1,
            "password",
            "somesalt",
            "f6a5adc1ba723dddef9b5ac1d464e180fcd9dffc9d1cbf76cca2fed795d9ca98",
        ),
        (
            16,
            4,
            1,
            "password",
            "somesalt",
            "9025d48e68ef7395cca9079da4c4ec3affb3c8911fe4f86d1a2520856f63172c",
        ),
        (
            16,
            2,
            1,
            "differentpassword",
            "somesalt",
            "0b84d652cf6b0c4beaef0dfe278ba6a80df6696281d7e0d2891b817d8c458fde",
        ),
        (
            16,
            2,
            1,
            "password",
            "diffsalt",
            "bdf32b05ccc42eb15d58fd19b1f856b113da1e9a5874fdcc544308565aa8141c",
        ),
    ];

    #[test]
    fn an_implementation_that_is_wrong_on_this_processor_is_not_used() {
        let params = Params::new(64, 1, 1, None).unwrap();
        let mut wrong = Arena::Wrong(reference::Arena::default());
        assert!(!gives_the_known_answers(&mut wrong));
        let argon2id = Argon2id::checked(|| Arena::Wrong(reference::Arena::default()));
        assert_eq!(
            computed(&argon2id, &params, b"password", b"somesalt", 32),
            reference(&params, b"password", b"somesalt", 32)
        );
        #[cfg(feature = "fast-hash")]
        assert!(
            matches!(*Argon2id::default().0.lock().unwrap(), Arena::Fast(_)),
            "the fast one is right here"
        );
    }

    #[test]
    fn the_official_vectors_give_their_tags() {
        let argon2id = Argon2id::default();
        for (memory, passes, lanes, password, salt, tag) in VECTORS {
            let params = Params::new(1 << memory, passes, lanes, None).unwrap();
            let found = computed(&argon2id, &params, password.as_bytes(), salt.as_bytes(), 32);
            assert_eq!(data_encoding::HEXLOWER.encode(&found), tag, "2^{memory} KiB, {passes}, {lanes}");
        }
    }

    #[cfg(feature = "fast-hash")]
    #[test]
    fn ten_thousand_random_inputs_give_what_the_reference_gives() {
        let argon2id = Argon2id::default();
        let mut random = [0; 1_200];
        for _ in 0..10_000 {
            getrandom::fill(&mut random).unwrap();
            let (knobs, bytes) = random.split_at(16);
            let (password, salt) = bytes.split_at(1_120);
            let between = |knob: usize, low: u32, high: u32| {
                low + u32::from(u16::from_be_bytes([knobs[knob], knobs[knob + 1]])) % (high - low + 1)
            };
            let lanes = between(0, 1, 4);
            // Mostly little memory, which is fast. It is not always a multiple of the four slices of a lane.
            let memory = between(2, 8 * lanes, if knobs[4] < 8 { 4_096 } else { 128 });
            let params = Params::new(memory, between(6, 1, 4), lanes, None).unwrap();
            let password = &password[..between(8, 0, 1_120) as usize];
            let salt = &salt[..between(10, 8, 48) as usize];
            let length = between(12, 10, 64) as usize;
            assert_eq!(
                computed(&argon2id, &params, password, salt, length),
                reference(&params, password, salt, length),
                "{params:?} of {password:02x?} and {salt:02x?}"
            );
        }
    }

    #[cfg(feature = "fast-hash")]
    #[test]
    fn the_parameters_in_use_give_what_the_reference_gives() {
        let argon2id = Argon2id::default();
        for (memory, passes) in [(19_456, 2), (47_104, 2), (19_456, 2), (131_072, 3)] {
            let params = Params::new(memory, passes, 1, None).unwrap();
            let mut salt = [0; 16];
            getrandom::fill(&mut salt).unwrap();
            let password = b"correct horse battery staple";
            assert_eq!(
                computed(&argon2id, &params, password, &salt, 32),
                reference(&params, password, &salt, 32),
                "{salt:02x?}"
            );
        }
    }

    #[test]
    fn a_too_short_salt_or_tag_is_an_error_and_the_next_hash_is_right() {
        let argon2id = Argon2id::default();
        let params = Params::new(64, 1, 1, None).unwrap();
        assert!(argon2id.fill(&params, b"password", b"short", &mut [0; 32]).is_err());
        assert!(argon2id.fill(&params, b"password", b"somesalt", &mut [0; 3]).is_err());
        assert_eq!(
            computed(&argon2id, &params, b"password", b"somesalt", 32),
            reference(&params, b"password", b"somesalt", 32)
        );
    }
}
